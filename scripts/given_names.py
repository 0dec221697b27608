"""Writes `bot/personal_data/given_names.txt`: given names of many origins, marked where they are words too.

They are from Faker, and from `common_given_names.txt`, which has names of children here that Faker lacks.

Run as `uv run --with faker==40.54.0 scripts/given_names.py WORDS`, where WORDS is a list of English words, one a line,
proper names capitalised (Debian's package `wbritish` has one).
"""

from __future__ import annotations

import re
import sys
import unicodedata
from importlib import import_module
from pathlib import Path

FILE = Path(__file__).parents[1] / "bot" / "personal_data" / "given_names.txt"
COMMON = Path(__file__).with_name("common_given_names.txt")
#: The lists of Faker in Latin letters, of countries from which families here have names.
LOCALES = (
    *("en_GB", "en_IE", "ga_IE", "en_US", "en_NZ", "en_IN", "en_PK", "en_NG", "en_KE", "yo_NG", "ig_NG", "ha_NG"),
    *("tw_GH", "zu_ZA", "sw", "fr_DZ", "tr_TR", "az_AZ", "uz_UZ", "pl_PL", "ro_RO", "hu_HU", "lt_LT", "lv_LV"),
    *("sk_SK", "cs_CZ", "hr_HR", "sl_SI", "et_EE", "pt_PT", "pt_BR", "es_ES", "es_CO", "it_IT", "fr_FR", "de_DE"),
    *("nl_NL", "sv_SE", "vi_VN", "zh_CN"),
)
HEAD = """\
# Given names, without accents, made by scripts/given_names.py from the lists of Faker (MIT licence) and from
# scripts/common_given_names.txt. A name that is an English word too has a question mark.
"""
FEWEST_LETTERS = 3
_LETTERS_ALONE = str.maketrans("łŁıøđ", "lLiod")


def names_of(locale: str) -> set[str]:
    """The given names of a locale, in small letters without accents."""
    provider = import_module(f"faker.providers.person.{locale}").Provider
    lists = [value for name, value in vars(provider).items() if name.startswith("first_name")]
    said = " ".join(name for names in lists if not callable(names) for name in names)
    plain = unicodedata.normalize("NFKD", said.translate(_LETTERS_ALONE))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return {name.lower() for name in bare.split() if re.fullmatch(rf"[A-Za-z]{{{FEWEST_LETTERS},}}", name)}


def common_names() -> set[str]:
    """The names of our own list."""
    lines = COMMON.read_text(encoding="utf-8").splitlines()
    return {name for line in lines if not line.startswith("#") for name in line.split()}


if __name__ == "__main__":
    words = {word for word in Path(sys.argv[1]).read_text(encoding="utf-8").split() if word.islower()}
    names = sorted(common_names().union(*map(names_of, LOCALES)))
    lines = (f"{name}?" if name in words else name for name in names)
    FILE.write_text(f"{HEAD}{chr(10).join(lines)}\n", encoding="utf-8")
