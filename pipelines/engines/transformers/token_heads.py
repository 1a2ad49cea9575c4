"""Encoders with a head over tokens: masked language models, token labels, ends of an answer."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from pipelines.engines.text_heads import (
    Array,
    MaskFiller,
    SpanFinder,
    TextHead,
    TokenTagger,
    no_offsets,
)
from pipelines.engines.transformers.batching import Encoding, TextModel
from pipelines.engines.windows import Window


class TokenModel(TextModel, TextHead):
    """What the three heads have in common here: windows go through the model in batches."""

    OUTPUTS: tuple[str, ...] = ("logits",)

    @classmethod
    def of(cls, model: Any, tokenizer: Any) -> Self:
        """A model and tokenizer that were loaded elsewhere."""
        made = cls(Path(), model, "")
        made.tokenizer = tokenizer
        return made

    @property
    def window_length(self) -> int:
        """How many tokens the model reads at once."""
        return self.max_length

    @property
    def caveat(self) -> str:
        """The warning in a starter's config that goes with each answer."""
        return str(getattr(self.config, "caveat", ""))

    @property
    def text_tokenizer(self) -> Any:
        """The model's tokenizer, of the tokenizers library."""
        if not self.tokenizer.is_fast:
            raise no_offsets()
        return self.tokenizer.backend_tokenizer

    def outputs(self, windows: Sequence[Window]) -> Iterator[tuple[int, tuple[Array, ...]]]:
        """The number of each window, and the head's outputs for its input tokens."""
        encoded = [self._encoding(window) for window in windows]
        for indices, inputs in self.batches(encoded):
            out = self.forward(**inputs)
            for row, index in enumerate(indices):
                real = inputs["attention_mask"][row].bool()  # padding may be on either side
                yield index, tuple(np.asarray(out[name][row][real]) for name in self.OUTPUTS)

    def _encoding(self, window: Window) -> Encoding:
        whole = {
            "input_ids": window.ids,
            "attention_mask": window.attention_mask,
            "token_type_ids": window.type_ids,
        }
        asked = {*self.tokenizer.model_input_names, "attention_mask"}
        return {name: values for name, values in whole.items() if name in asked}


class MaskedLanguageModel(TokenModel, MaskFiller):
    """Guesses masked words."""

    @property
    def mask_token(self) -> str:
        """The mask token, as [MASK]."""
        return self.tokenizer.mask_token or ""


class TokenClassifier(TokenModel, TokenTagger):
    """Labels each token."""

    @property
    def labels(self) -> list[str]:
        """The labels, in the order of the scores."""
        return [str(self.config.id2label[index]) for index in range(self.config.num_labels)]

    @property
    def marks_capitals(self) -> bool:
        """As the named-entity starter's config says."""
        return getattr(self.config, "token_types", None) == "capitals"


class QuestionAnswerer(TokenModel, SpanFinder):
    """Finds the answer in a text."""

    OUTPUTS = ("start_logits", "end_logits")

    @property
    def cls_token(self) -> int | None:
        """The token whose choice means that the text has no answer."""
        token = self.tokenizer.cls_token_id
        return None if token is None else int(token)
