"""Sentences as vectors: the encoder model, run by ONNX Runtime."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

#: The encoder's files; docs/adr/0004-nlu-pipeline.md says where they come from.
FOLDER = Path(__file__).parent / "minilm"
#: Word pieces of a message that are read; about 90 words.
MOST_PIECES = 128
BATCH = 32


class Encoder:
    """MiniLM with the mean of its word pieces as the vector of a text."""

    def __init__(self, folder: Path = FOLDER, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(MOST_PIECES)
        self._tokenizer.enable_padding()

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of length 1, one row a text (shape: texts × 384)."""
        vectors = np.zeros((len(texts), 384), np.float32)
        # Texts of like length together, so that little of a batch is padding.
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            vectors[rows] = self._encode_batch([texts[row] for row in rows])
        return vectors

    def _encode_batch(self, texts: Sequence[str]) -> np.ndarray:
        encodings = self._tokenizer.encode_batch(list(texts))
        ids = np.array([encoding.ids for encoding in encodings], np.int64)
        mask = np.array([encoding.attention_mask for encoding in encodings], np.int64)
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        names = {argument.name for argument in self._session.get_inputs()}
        states = self._session.run(None, {name: value for name, value in inputs.items() if name in names})[0]
        weights = mask[..., None].astype(np.float32)
        means = (states * weights).sum(1) / weights.sum(1)
        return means / np.linalg.norm(means, axis=1, keepdims=True)
