"""Encoders with a head over tokens: masked language models, token labels, ends of an answer."""

from collections.abc import Iterator, Sequence
from typing import Any

from pipelines.engines.openvino.texts import TextModel
from pipelines.engines.text_heads import Array, MaskFiller, SpanFinder, TextHead, TokenTagger
from pipelines.engines.windows import Window


class TokenModel(TextModel, TextHead):
    """What the three heads have in common here: windows go through the graph in batches."""

    @property
    def window_length(self) -> int:
        """How many tokens the model reads at once."""
        return self.max_length

    @property
    def caveat(self) -> str:
        """The warning in a starter's config that goes with each answer."""
        return str(self.about.get("caveat", ""))

    @property
    def text_tokenizer(self) -> Any:
        """The model's tokenizer."""
        return self.tokenizer

    def outputs(self, windows: Sequence[Window]) -> Iterator[tuple[int, tuple[Array, ...]]]:
        """The number of each window, and the head's outputs for its input tokens."""
        for group, _, outputs in self.passes(windows):
            for row, index in enumerate(group):
                length = len(windows[index])
                real = slice(-length, None) if self.padding_side == "left" else slice(length)
                yield index, tuple(one[row][real] for one in outputs)


class MaskedLanguageModel(TokenModel, MaskFiller):
    """Guesses masked words."""

    @property
    def mask_token(self) -> str:
        """The mask token, as [MASK]."""
        return str(self.about["mask_token"])


class TokenClassifier(TokenModel, TokenTagger):
    """Labels each token."""

    @property
    def labels(self) -> list[str]:
        """The labels, in the order of the scores."""
        return list(self.about["labels"])

    @property
    def marks_capitals(self) -> bool:
        """As the named-entity starter's config says."""
        return bool(self.about["marks_capitals"])


class QuestionAnswerer(TokenModel, SpanFinder):
    """Finds the answer in a text."""

    @property
    def cls_token(self) -> int | None:
        """The token whose choice means that the text has no answer."""
        token: int | None = self.about["cls_token"]
        return token
