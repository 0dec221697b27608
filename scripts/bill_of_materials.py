"""Lists the libraries of uv.lock with their licences; run it as `python -m scripts.bill_of_materials` on Linux.

It writes docs/bill-of-materials.json (CycloneDX 1.5, what runs in operation) and docs/licences.md (for people, and with
what is needed for work on the helpline alone).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, metadata
from typing import Any

import tomli
from packaging.markers import Marker

from bot.settings import ROOT

BILL, LICENCES = ROOT / "docs" / "bill-of-materials.json", ROOT / "docs" / "licences.md"
OURS = "send-helpline-assistant"
#: Where the helpline runs.
PLACE = {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64", "os_name": "posix"}
#: How packages write what SPDX, the list of licences' names, has one name for.
SPDX = {
    "MIT License": "MIT",
    "Apache Software License": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache2.0": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "BSD": "BSD-3-Clause",
    "3-Clause BSD License": "BSD-3-Clause",
    "Python Software Foundation License": "PSF-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Mozilla Public License 1.1 (MPL 1.1)": "MPL-1.1",
    "ISC License (ISCL)": "ISC",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.1-or-later",
    "GNU Library or Lesser General Public License (LGPL)": "LGPL-3.0-or-later",
}
#: Of packages that say it in no field, or in one that says too little: as their own licence file has it.
SAID_ELSEWHERE = {
    "aiosmtpd": "Apache-2.0",
    "dnspython": "ISC",
    "future": "MIT",
    "packaging": "BSD-2-Clause OR Apache-2.0",
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
    "skops": "MIT",
}


class UnknownLicence(Exception):
    """Nobody has said under which licence a package is; the message names it."""


def read_lock() -> Mapping[str, dict[str, Any]]:
    """The packages of uv.lock by name."""
    lock = tomli.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    return {package["name"]: package for package in lock["package"]}


def needed(lock: Mapping[str, dict[str, Any]], wanted: Iterable[Mapping[str, Any]]) -> set[str]:
    """The names of these packages, and of all that they need on Linux."""
    found: set[str] = set()
    waiting = [*wanted]
    while waiting:
        row = waiting.pop()
        if "marker" in row and not Marker(row["marker"]).evaluate(PLACE):
            continue
        package = lock[row["name"]]
        extras = package.get("optional-dependencies", {})
        waiting += [more for extra in row.get("extra", ()) for more in extras[extra]]
        if row["name"] not in found:
            found.add(row["name"])
            waiting += package.get("dependencies", [])
    return found


def licence(name: str) -> str:
    """The licence of an installed package as an SPDX expression. Raises `UnknownLicence`."""
    if name in SAID_ELSEWHERE:
        return SAID_ELSEWHERE[name]
    try:
        said = metadata(name)
    except PackageNotFoundError:
        raise UnknownLicence(f"{name} is not installed here: run scripts/setup.sh.") from None
    if expression := said.get("License-Expression"):
        return str(expression)
    classes = [row.rpartition(" :: ")[2] for row in said.get_all("Classifier") or () if row.startswith("License ::")]
    names = classes or [(said.get("License") or "").strip().partition("\n")[0]]
    known = [SPDX.get(name, name) for name in names]
    if not all(re.fullmatch(r"[\w.+-]+(?: (?:AND|OR|WITH) [\w.+-]+)*", name) for name in known):
        raise UnknownLicence(f"{name} says {names}: write what that means into SPDX or SAID_ELSEWHERE.")
    return " OR ".join(known)


def bill(lock: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """What runs in operation, as CycloneDX has it."""
    components = [
        {
            "type": "library",
            "name": name,
            "version": lock[name]["version"],
            "purl": f"pkg:pypi/{name}@{lock[name]['version']}",
            "licenses": [{"expression": licence(name)}],
        }
        for name in sorted(needed(lock, lock[OURS]["dependencies"]))
    ]
    us = {"type": "application", "name": OURS, "version": lock[OURS]["version"]}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": us},
        "components": components,
    }


def page(lock: Mapping[str, dict[str, Any]]) -> str:
    """The licences with the packages under each, for people."""
    run = needed(lock, lock[OURS]["dependencies"])
    work = needed(lock, lock[OURS]["dev-dependencies"]["dev"]) - run
    return "\n".join(
        [
            "# Licences",
            "",
            "The libraries of `uv.lock` and their licences, as the packages themselves say, made by"
            " `python -m scripts.bill_of_materials`. A test fails when it is older than the lock, or when a licence is"
            " none of those that we take (`tests/test_licences.py`). `docs/bill-of-materials.json` says the same of"
            " what runs in operation, for programs (CycloneDX 1.5); the hashes of all files are in `uv.lock`. What lies"
            " in this repository and is by others is listed in the README.",
            "",
            "Libraries under the LGPL or the MPL are used as they are, unchanged, each in a package of its own that"
            " anybody can put another version in the place of.",
            "",
            "## In operation",
            "",
            *_table(run),
            "",
            "## For work on the helpline alone",
            "",
            *_table(work),
            "",
        ]
    )


def _table(names: Iterable[str]) -> list[str]:
    by_licence: dict[str, list[str]] = {}
    for name in sorted(names):
        by_licence.setdefault(licence(name), []).append(name)
    rows = [f"| {said} | {', '.join(packages)} |" for said, packages in sorted(by_licence.items())]
    return ["| licence | packages |", "|---|---|", *rows]


def write() -> None:
    """Write both documents."""
    lock = read_lock()
    BILL.write_text(json.dumps(bill(lock), indent=1) + "\n", encoding="utf-8")
    LICENCES.write_text(page(lock), encoding="utf-8")


if __name__ == "__main__":
    write()
