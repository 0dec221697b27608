"""Presidio, loaded without the large libraries that recognisers of our own do not need."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

from bot.personal_data.words import Vocabulary, Word

#: What Presidio imports for engines and recognisers that we do not use: docs/adr/0013-personal-data.md.
_NOT_NEEDED = ("spacy", "spacy.language", "spacy.tokens", "spacy.util", "tldextract")
LANGUAGE = "en"


class _Unused(ModuleType):
    """Stands for a library while others are imported that name it and do not use it."""

    __path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_: object) -> Any:
        return self


@contextlib.contextmanager
def _without() -> Iterator[None]:
    """spaCy costs 72 MB, and 430 MB with the TensorFlow that it looks for: too much for some annotations.

    `tldextract` knows the domains of the web for Presidio's own recogniser of e-mail addresses, and brings a client.
    """
    absent = {name: _Unused(name) for name in _NOT_NEEDED if name.partition(".")[0] not in sys.modules}
    sys.modules.update(absent)
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


with _without():
    from presidio_analyzer import (
        AnalyzerEngine,
        EntityRecognizer,
        LocalRecognizer,
        Pattern,
        PatternRecognizer,
        RecognizerRegistry,
        RecognizerResult,
    )
    from presidio_analyzer.context_aware_enhancers import ContextAwareEnhancer
    from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine

__all__ = ["LocalRecognizer", "NlpArtifacts", "Pattern", "PatternRecognizer", "RecognizerResult", "analyzer"]


class Words(NlpArtifacts):
    """What the engine reads off a message: its words, once for all recognisers."""

    def __init__(self, words: list[Word]) -> None:
        tokens: Any = words
        super().__init__([], tokens, [word.start for word in words], [], None, LANGUAGE)


class WordEngine(NlpEngine):
    """An engine without a model: nothing is downloaded, and nothing is kept."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def load(self) -> None:
        """There is nothing to load."""

    def is_loaded(self) -> bool:
        return True

    def process_text(self, text: str, language: str) -> NlpArtifacts:
        return Words(self._vocabulary.read(text))

    def process_batch(
        self, texts: Iterable[str], language: str, *_: Any, **__: Any
    ) -> Iterator[tuple[str, NlpArtifacts]]:
        return ((text, self.process_text(text, language)) for text in texts)

    def is_stopword(self, word: str, language: str) -> bool:
        return False

    def is_punct(self, word: str, language: str) -> bool:
        return False

    def get_supported_entities(self) -> list[str]:
        return []

    def get_supported_languages(self) -> list[str]:
        return [LANGUAGE]


class NoContext(ContextAwareEnhancer):
    """Our recognisers look at the words around by themselves; copying every finding for others costs milliseconds."""

    def __init__(self) -> None:
        super().__init__(0, 0, 0, 0)

    def enhance_using_context(
        self, text: str, raw_results: list[RecognizerResult], *_: Any, **__: Any
    ) -> list[RecognizerResult]:
        return raw_results


def analyzer(recognizers: list[EntityRecognizer], vocabulary: Vocabulary) -> AnalyzerEngine:
    """Presidio with these recognisers and no others."""
    return AnalyzerEngine(
        registry=RecognizerRegistry(recognizers),
        nlp_engine=WordEngine(vocabulary),
        context_aware_enhancer=NoContext(),
    )
