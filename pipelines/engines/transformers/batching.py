"""Texts as padded tensors, batch by batch."""

from collections.abc import Iterator, Sequence
from typing import Any

import torch

from pipelines.engines.batches import batches
from pipelines.engines.transformers.model import TransformersModel
from pipelines.run import note

# What a user typed is text, also where it looks like a special token: [SEP] or </s>.
AS_TYPED = {"split_special_tokens": True}

Encoding = dict[str, list[int]]  # a text as the model's inputs, without padding


class TextModel(TransformersModel):
    """A model that reads whole texts."""

    def encode(self, texts: Sequence[Any], *, truncation: str | bool = True) -> list[Encoding]:
        """Each text, or pair of texts, as inputs cut at the model's maximum length; notes it."""
        longest = self.max_length
        inputs = self.tokenizer(list(texts), truncation=truncation, max_length=longest, **AS_TYPED)
        encoded = [
            {name: values[index] for name, values in inputs.items()} for index in range(len(texts))
        ]
        if any(len(one["input_ids"]) >= longest for one in encoded):  # perhaps one was cut
            whole = self.tokenizer(list(texts), verbose=False, **AS_TYPED)["input_ids"]
            if (count := max(len(ids) for ids in whole)) > longest:
                note(f"Only the first {longest:,} of {count:,} tokens count.")
        return encoded

    def batches(self, encoded: Sequence[Encoding]) -> Iterator[tuple[list[int], dict[str, Any]]]:
        """Indices of texts, and those texts as padded tensors of shape (texts, tokens)."""
        if self.tokenizer.pad_token_id is None:  # decoders may have none
            groups: Iterator[list[int]] = ([index] for index in range(len(encoded)))
        else:
            groups = batches([len(one["input_ids"]) for one in encoded])
        for group in groups:
            yield group, self._tensors([encoded[index] for index in group])

    def _tensors(self, encoded: Sequence[Encoding]) -> dict[str, Any]:
        if len(encoded) == 1:
            return {name: torch.tensor([values]) for name, values in encoded[0].items()}
        return dict(self.tokenizer.pad(list(encoded), return_tensors="pt"))
