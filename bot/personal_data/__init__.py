"""Personal data in what a parent writes: found, and taken out before it goes where it is not needed."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from bot.knowledge import Knowledge
from bot.personal_data import numbers
from bot.personal_data.names import Names
from bot.personal_data.presidio import LANGUAGE, analyzer
from bot.personal_data.schools import Schools
from bot.personal_data.words import Vocabulary, plain

#: Each has a wording, `masked_<kind>`, that stands in its place.
KINDS = ("name", "school", "upn", "nhs", "ni", "phone", "email", "address", "postcode", "birth")
#: Of so many texts it is remembered where something stands in them (7 MB): each is read with every later message.
MOST_REMEMBERED = 20_000

#: A word of something personal: (of which kind, the word in small letters).
_Said = tuple[str, str]


@dataclass(frozen=True)
class Found:
    """Where in a text something personal stands, and of which of the `KINDS` it is."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Masked:
    """A text without what was personal in it, and the names of what was taken out."""

    text: str
    taken_out: tuple[str, ...]


class PersonalData:
    """Finds and masks personal data. It keeps nothing of what it reads: it remembers where something was, not what."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._vocabulary = Vocabulary(knowledge)
        self._schools = Schools(self._vocabulary, knowledge.personal_data)
        self._names = Names(self._vocabulary, knowledge.personal_data)
        self._analyzer = analyzer([*numbers.recognizers(), self._schools, self._names], self._vocabulary)
        self._masks = {kind: knowledge.say(f"masked_{kind}") for kind in KINDS}
        # By a mark of each text, from which nobody can guess it.
        self._secret = secrets.token_bytes(32)
        self._remembered: dict[bytes, Sequence[Found]] = {}

    def find(self, text: str, before: Iterable[str] = ()) -> Sequence[Found]:
        """What is personal in a text, in order and without overlaps; names known from `before` are known here too."""
        found = self._analyze(text)
        known = _words_of(text, found) | self._words_before(before)
        return _apart([*found, *self._named_again(text, known)]) if known else found

    def mask(self, text: str, before: Iterable[str] = ()) -> str:
        """The text with a word such as "[name]" in the place of what is personal in it."""
        for found in reversed(self.find(text, before)):
            text = text[: found.start] + self._masks[found.kind] + text[found.end :]
        return text

    def offer(self, text: str, before: Sequence[str] = ()) -> Masked | None:
        """The text without its personal data; None where there is none that was not sent in an earlier one."""
        found = self.find(text, before)
        if _words_of(text, found) <= self._words_before(before):
            return None
        kinds = dict.fromkeys(one.kind for one in found)
        return Masked(self.mask(text, before), tuple(self._masks[kind].strip("[]") for kind in kinds))

    def _words_before(self, before: Iterable[str]) -> set[_Said]:
        """The words of what is personal in earlier texts."""
        return set().union(*(_words_of(earlier, found) for earlier in before if (found := self._analyze(earlier))))

    def _analyze(self, text: str) -> Sequence[Found]:
        mark = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16, key=self._secret).digest()
        found = self._remembered.pop(mark, None)
        if found is None:
            results = self._analyzer.analyze(text, LANGUAGE)
            # A code is surer than a school, a school than a name.
            results.sort(key=lambda result: (-result.score, result.start - result.end))
            found = _apart(Found(result.entity_type, result.start, result.end) for result in results)
        # Those read last stand at the end.
        self._remembered[mark] = found
        if len(self._remembered) > MOST_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        return found

    def _named_again(self, text: str, known: Collection[_Said]) -> Iterable[Found]:
        """What was known before is known wherever it stands."""
        words = self._vocabulary.read(text)
        for kind, part in (("name", self._names), ("school", self._schools)):
            for start, end in part.again(words, {word for known_as, word in known if known_as == kind}):
                yield Found(kind, start, end)


def _words_of(text: str, found: Iterable[Found]) -> set[_Said]:
    """The words of what was found."""
    return {(one.kind, word) for one in found for word in plain(text[one.start : one.end]).split()}


def _apart(found: Iterable[Found]) -> list[Found]:
    """Without what overlaps something that came before it; in the order of the text."""
    kept: list[Found] = []
    for one in found:
        if all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)
