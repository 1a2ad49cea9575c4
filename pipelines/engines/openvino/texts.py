"""Texts for converted models: tokenized by `tokenizers` alone, in batches sorted by length.

about.json's "text" says what transformers' tokenizer was set to: max_length, padding_side,
truncation_side, and `pad`, the value that fills each input of the graph.
"""

import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from pipelines.engines.batches import batches
from pipelines.engines.openvino.model import Converted, ConvertedModel
from pipelines.engines.openvino.shared_passes import Encoding, Inputs, Outputs, SharedPasses
from pipelines.errors import InputError
from pipelines.run import note
from pipelines.settings import Settings

TOKENIZER = "tokenizer.json"
ATTRIBUTES = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}


class TextModel(ConvertedModel):
    """A model that reads whole texts."""

    def __init__(self, converted: Converted, settings: Settings) -> None:
        from tokenizers import Tokenizer

        super().__init__(converted, settings)
        self.tokenizer: Any = Tokenizer.from_file(str(converted.folder / TOKENIZER))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        # What a user typed is text, also where it looks like a special token: [SEP] or </s>.
        self.tokenizer.encode_special_tokens = True
        text = self.about["text"]
        self.max_length: int = text["max_length"]
        self.pad: dict[str, int] = text["pad"]
        self.padding_side: str = text["padding_side"]
        self.truncation_side: str = text["truncation_side"]
        self._unknown: str | None = getattr(self.tokenizer.model, "unk_token", None)
        self._shared = SharedPasses(
            self._arrays, lambda inputs: self.compiled.run(inputs), self.compiled.parallel
        )
        self.parallel = sys.maxsize  # those who wait for a pass go together

    def encode(self, texts: Sequence[str]) -> list[Encoding]:
        """Each text, cut at the maximum length; notes it, and what the model cannot read at all."""
        room = self.max_length - self.tokenizer.num_special_tokens_to_add(False)
        encoded = self.tokenizer.encode_batch(list(texts), add_special_tokens=False)
        if any(one.tokens and set(one.tokens) == {self._unknown} for one in encoded):
            note("This model knows none of the characters in this text.")
        return [self.tokenizer.post_process(self._cut(one, room)) for one in encoded]

    def encode_each_pair(self, pairs: Sequence[tuple[str, str]]) -> list[Encoding]:
        """Each pair; where one is too long, of its longer text so much is cut that it fits."""
        room = self.max_length - self.tokenizer.num_special_tokens_to_add(True)
        firsts, seconds = (
            self.tokenizer.encode_batch(list(side), add_special_tokens=False)
            for side in zip(*pairs, strict=True)
        )
        encoded = []
        for first, second in zip(firsts, seconds, strict=True):
            shorter = min(len(first), len(second), room // 2)
            first_room = max(shorter, room - len(second)) if len(first) > shorter else room
            first = self._cut(first, min(first_room, room - shorter))
            second = self._cut(second, room - len(first))
            encoded.append(self.tokenizer.post_process(first, second))
        return encoded

    def encode_pairs(self, first: str, seconds: Sequence[str]) -> list[Encoding]:
        """The first text with each of the others; where they are too long the first is cut.

        Raises:
            InputError: the second one leaves no room for the first.
        """
        whole = self.tokenizer.encode(first, add_special_tokens=False)
        special = self.tokenizer.num_special_tokens_to_add(True)
        encoded = []
        for second in self.tokenizer.encode_batch(list(seconds), add_special_tokens=False):
            room = self.max_length - special - len(second)
            if room < 1:
                raise InputError(
                    f"This model reads {self.max_length:,} tokens at once.", "Shorten the labels."
                )
            encoded.append(self.tokenizer.post_process(self._cut(whole, room), second))
        return encoded

    def passes(self, encoded: Sequence[Encoding]) -> Iterator[tuple[list[int], Inputs, Outputs]]:
        """Batch by batch: the indices of its texts, their inputs, and their outputs of its pass.

        Arrays have the shape (texts, tokens, …), padding included.
        """
        for group in batches([len(one) for one in encoded]):
            yield group, *self._shared.outputs([encoded[index] for index in group])

    def _cut(self, encoding: Encoding, room: int) -> Encoding:
        """The encoding with so many tokens at most."""
        if len(encoding) <= room:
            return encoding
        beside = self.max_length - room  # the special tokens, and a second text
        count = len(encoding) + beside
        note(f"Only the first {self.max_length:,} of {count:,} tokens count.")
        from tokenizers import Encoding as Copy

        cut = Copy.merge([encoding])
        cut.truncate(room, direction=self.truncation_side)
        return cut

    def _arrays(self, encoded: Sequence[Encoding]) -> Inputs:
        longest = max(len(one) for one in encoded)
        arrays = {}
        for name, filler in self.pad.items():
            array = arrays[name] = np.full((len(encoded), longest), filler, np.int64)
            for row, one in zip(array, encoded, strict=True):
                values = getattr(one, ATTRIBUTES[name])
                if self.padding_side == "left":
                    row[longest - len(values) :] = values
                else:
                    row[: len(values)] = values
        return arrays
