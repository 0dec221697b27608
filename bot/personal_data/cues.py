"""Words around a name that show that it is one: "my son …", "Mrs …", "… is 8", "…'s teacher"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.personal_data.words import Kind, Vocabulary, Word

#: What may stand between "my son" and his name.
_BESIDE = frozenset(("", ",", ":", "(", "-", "–", '"', "“", "'", "‘"))
_CALLED = frozenset(("called", "named", "nicknamed"))
_NAMED = frozenset((("name", "is"), ("name", "was"), ("known", "as")))
_OLDEST_CHILD = 25
_IN_WORDS = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen"),
    *("fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
)
_AGES = frozenset(_IN_WORDS) | {str(age) for age in range(1, _OLDEST_CHILD + 1)}
_OF_AGE = frozenset(("yo", "yrs", "yr", "year", "years", "aged"))
_IS = frozenset(("is", "was", "turned", "turns"))
#: "Zubair is 8 and", not "The appointment is 8 December".
_AFTER_AGE = _OF_AGE | {"and", "but", "now", "today", "with", "so", "next", "he", "she", "they"}
_YEAR = frozenset(("year", "yr", "reception", "nursery"))
#: "my son may be", "my son said": in small letters these are names only where no verb can stand.
_VERBS_TOO = frozenset(("will", "may", "said"))
_AFTER_MODAL = frozenset(("hit", "who"))
_ARTICLES = frozenset(("a", "an", "the", "this", "that", "every", "each", "no", "any"))
#: "The Grant is overdue"
_OF_THINGS = frozenset(("due", "overdue", "paid", "unpaid", "payable", "law"))
#: "Martha's Rule"
_CALLED_AFTER = frozenset(("rule", "law", "act", "bill", "trust", "charter", "clause", "fund", "foundation"))
_MISSED = frozenset(("out", "school", "lessons", "classes", "exams", "work", "days"))
#: "in May", "next summer", "moved from Chelsea"
_BEFORE_TIME_OR_PLACE = frozenset(
    (
        *("in", "since", "until", "till", "by", "last", "next", "this", "from", "during", "of", "early", "late", "mid"),
        *("every", "before", "after"),
    )
)


class Cues:
    """What stands before and after the word at a place of a message."""

    def __init__(self, vocabulary: Vocabulary, lists: Mapping[str, Sequence[str]]) -> None:
        self._vocabulary = vocabulary
        self._relations, self._plurals, self._close, self._titles, self._mostly_names = (
            frozenset(lists[name])
            for name in ("relations", "plural_relations", "close_relations", "titles", "names_after_relations")
        )
        self._does, self._suffers, self._possessions, self._own_possessions, self._children_too = (
            frozenset(lists[name])
            for name in ("does", "happens_to_children", "possessions", "own_possessions", "children_too")
        )

    # -- before -------------------------------------------------------------------------------------------------------

    def after_title(self, words: Sequence[Word], place: int) -> bool:
        """ "Mrs Patel", not "Miss Out" """
        if not place or words[place].gap not in (" ", ". "):
            return False
        title = words[place - 1].low
        return title in self._titles and not (title == "miss" and words[place].low in _MISSED)

    def after_naming(self, words: Sequence[Word], place: int) -> bool:
        """ "called Zubi", "her name is Zubi", "name: Zubi" """
        if not place or words[place].gap.strip() not in _BESIDE:
            return False
        last, one_before = words[place - 1], words[place - 2].low if place > 1 else ""
        if last.low in _CALLED or (one_before, last.low) in _NAMED:
            return True
        return last.low in ("name", "names") and (last.possessive or ":" in words[place].gap)

    def after_relation(self, words: Sequence[Word], place: int) -> bool:
        """ "my son Zubi", "my daughter, Zubi" """
        return self._is_beside(words, place) and words[place - 1].low in self._relations

    def after_close_relation(self, words: Sequence[Word], place: int) -> bool:
        """ "my son rose", not "my child bill" """
        return self._is_beside(words, place) and words[place - 1].low in self._close

    def after_several(self, words: Sequence[Word], place: int) -> bool:
        """ "my twins reed" """
        return self._is_beside(words, place) and words[place - 1].low in self._plurals

    def after_article(self, words: Sequence[Word], place: int) -> bool:
        """ "The Grant" """
        return place > 0 and words[place].gap == " " and words[place - 1].low in _ARTICLES

    def after_time_or_place(self, words: Sequence[Word], place: int) -> bool:
        """ "in May", "3 May", and "May 2026" """
        before = words[place - 1].low if place else ""
        after = _after(words, place)
        return before in _BEFORE_TIME_OR_PLACE or before.isdigit() or (after is not None and after.low.isdigit())

    # -- behind -------------------------------------------------------------------------------------------------------

    def does(self, words: Sequence[Word], place: int) -> bool:
        """ "Will is autistic", "Zubi has", not "my son will hit" or "The bill is due" """
        word, after = words[place], _after(words, place)
        if after is None or after.gap != " " or after.low not in self._does or word.possessive:
            return False
        if word.low in _VERBS_TOO and not word.capital and after.low in _AFTER_MODAL:
            return False
        then = _after(words, place + 1)
        return then is None or word.kind is not Kind.DOUBTFUL or then.low not in _OF_THINGS

    def is_child(self, words: Sequence[Word], place: int) -> bool:
        """Whether a month or a place is a child here: "Summer's teacher", "April was excluded"."""
        word, after, then = words[place], _after(words, place), _after(words, place + 1)
        if self.is_of_an_age(words, place):
            return True
        if word.low not in self._children_too or after is None or after.gap != " ":
            return False
        suffers = after.low in ("is", "was", "got", "gets") and then is not None and then.low in self._suffers
        return (word.possessive and after.low in self._own_possessions) or suffers

    def owns(self, words: Sequence[Word], place: int) -> bool:
        """ "Zubair's school" """
        after = _after(words, place)
        return after is not None and after.gap == " " and after.low in self._possessions and words[place].possessive

    def gives_its_name(self, words: Sequence[Word], place: int) -> bool:
        """ "Martha's Rule" """
        after = _after(words, place)
        named = after is not None and after.low in _CALLED_AFTER and (after.capital or after.low == "law")
        return named and words[place].possessive

    def is_of_an_age(self, words: Sequence[Word], place: int) -> bool:
        """ "Zubair (8)", "Zubair, 8 years old", "Zubair, 8, has", "Zubair is 8." """
        age, then = _after(words, place), _after(words, place + 1)
        if age is None:
            return False
        if age.low in _IS and age.gap == " " and then is not None and then.low in _AGES:
            return self._is_all(_after(words, place + 2))
        # "Wait 8 years"
        if words[place].first and age.gap == " ":
            return False
        if age.low == "aged":
            return True
        if age.low not in _AGES:
            return False
        of_age = then is not None and then.low in _OF_AGE
        if age.gap == " (":
            return then is None or of_age or then.gap[0] == ")"
        return (of_age and age.gap in (" ", ", ")) or (age.gap == ", " and then is not None and then.gap[0] == ",")

    def goes_to(self, words: Sequence[Word], place: int) -> bool:
        """ "max in year 4", "max with autism" """
        after, then = _after(words, place), _after(words, place + 1)
        if after is None or then is None:
            return False
        return (after.low == "in" and then.low in _YEAR) or (after.low == "with" and then.low in self._possessions)

    # -- the word itself ----------------------------------------------------------------------------------------------

    def is_said_of_a_child(self, words: Sequence[Word], place: int) -> bool:
        """Whether a doubtful word in small letters after "my son" is his name."""
        word = words[place]
        cued = self.is_of_an_age(words, place) or self.does(words, place) or self.owns(words, place)
        if word.low in _VERBS_TOO:
            return cued and word.low != "said"
        return cued or word.low in self._mostly_names or self.goes_to(words, place)

    def is_mostly_a_name(self, word: Word) -> bool:
        """Whether a word in small letters is the name of somebody known more often than the thing: rose, amber."""
        return word.low in self._mostly_names

    def may_be_surname(self, word: Word) -> bool:
        """ "Sarah Jones", not "Sarah Year" """
        return not any(word.low in words for words in (self._titles, self._does, self._possessions))

    def _is_beside(self, words: Sequence[Word], place: int) -> bool:
        if not place or words[place].first or words[place].gap.strip() not in _BESIDE:
            return False
        return not words[place - 1].possessive

    def _is_all(self, word: Word | None) -> bool:
        """Whether a number is all that is said: no "8 weeks" comes."""
        return word is None or word.gap[0] != " " or word.low in _AFTER_AGE


def _after(words: Sequence[Word], place: int) -> Word | None:
    return words[place + 1] if place + 1 < len(words) else None
