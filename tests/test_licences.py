"""We know what the helpline is made of, and under which licences."""

from __future__ import annotations

import json
import re
import sys

import pytest

from bot.settings import ROOT
from scripts import bill_of_materials as materials

#: Licences whose conditions we keep, as SPDX names them. Of a choice, one has to be among them; of a sum, all.
TAKEN = {
    *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "MIT-CMU", "PSF-2.0", "TCL"),
    *("LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "MPL-1.1", "MPL-2.0"),
}
LOCK = materials.read_lock()

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="the bill lists what runs on Linux")


def taken(expression: str) -> bool:
    return any(all(name in TAKEN for name in choice.split(" AND ")) for choice in expression.split(" OR "))


@on_linux
def test_the_bill_of_materials_is_of_todays_lock() -> None:
    assert json.loads(materials.BILL.read_text(encoding="utf-8")) == materials.bill(LOCK), "run the script anew"
    assert materials.LICENCES.read_text(encoding="utf-8") == materials.page(LOCK), "run the script anew"


@on_linux
@pytest.mark.parametrize("name", sorted(set(LOCK) - {materials.OURS, "tensorflow-cpu-aws", "tensorflow-macos"}))
def test_each_library_has_a_licence_that_we_take(name: str) -> None:
    assert taken(materials.licence(name)), materials.licence(name)


@pytest.mark.parametrize(
    ("expression", "may_be"),
    [
        ("MIT", True),
        ("GPL-2.0-or-later OR MPL-1.1", True),
        ("MIT AND GPL-3.0-only", False),
        ("AGPL-3.0-only", False),
        ("SSPL-1.0", False),
        ("", False),
    ],
)
def test_what_is_taken(expression: str, may_be: bool) -> None:
    assert taken(expression) is may_be


@pytest.mark.parametrize("name", sorted(set(LOCK) - {materials.OURS}))
def test_each_file_of_each_library_has_its_hash_in_the_lock(name: str) -> None:
    files = [*LOCK[name].get("wheels", ()), *filter(None, [LOCK[name].get("sdist")])]
    assert files
    assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", file["hash"]) for file in files)


def test_what_makes_the_environment_comes_in_one_version_and_by_its_hash() -> None:
    needed = (ROOT / "scripts" / "uv.txt").read_text(encoding="utf-8")
    assert re.findall(r"^uv==[\d.]+ ", needed, re.M) == re.findall(r"^\w.* ", needed, re.M)
    assert len(set(re.findall(r"--hash=sha256:[0-9a-f]{64}$|--hash=sha256:[0-9a-f]{64} ", needed, re.M))) == 6
    setup = (ROOT / "scripts" / "setup.sh").read_text(encoding="utf-8")
    assert "set -- --quiet --require-hashes --requirement scripts/uv.txt\n" in setup
    assert re.findall(r"pip install (\S+)", setup) == ['"$@"', '"$@"']


def test_a_licence_that_nobody_has_said_is_an_error() -> None:
    with pytest.raises(materials.UnknownLicence, match="is not installed"):
        materials.licence("a-library-that-is-not-there")


@pytest.mark.parametrize("folder", ["bot/fonts", "bot/minilm", "bot/static/vendor"])
def test_what_lies_here_and_is_by_others_is_told_in_the_readme(folder: str) -> None:
    assert f"`{folder}/`" in (ROOT / "README.md").read_text(encoding="utf-8")
