"""Texts as windows of tokens for encoders that say something of each token.

A text longer than a model reads at once is read in windows that overlap by half, and what is said
of a token is taken from the window in which it stands furthest from an edge: nothing is lost or
said twice at the seams. Knows the tokenizers library only, so it serves every engine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipelines.run import note

LONGEST = 512  # tokens of a window: attention costs the square of its length
LONGEST_QUESTION = 0.5  # of a window; the rest of the question is cut


@dataclass(frozen=True)
class Window:
    """Tokens of a text as a model's input, with those that it adds itself.

    `positions` tells where the tokens of the text stand in the input, which of them is the first,
    and `type_ids` which part of a pair an input token belongs to.
    """

    ids: list[int]
    type_ids: list[int]
    first: int
    positions: list[int]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def attention_mask(self) -> list[int]:
        """All tokens count."""
        return [1] * len(self.ids)

    def distance(self, token: int) -> int:
        """How many tokens of the text are between this one and the nearer edge; below 0 outside."""
        index = token - self.first
        return min(index, len(self.positions) - 1 - index)


class Tokens:
    """A tokenizer of the tokenizers library, used without changing its state."""

    def __init__(self, tokenizer: Any, *, plain: bool = False) -> None:
        """`plain`: what looks like a special token in a text is text."""
        self.tokenizer = type(tokenizer).from_str(tokenizer.to_str())
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        self.tokenizer.encode_special_tokens = plain

    def read(self, text: str) -> Any:
        """The tokens of a text, without those that the model adds."""
        return self.tokenizer.encode(text, add_special_tokens=False)

    def windows(self, text: Any, longest: int, question: Any | None = None) -> list[Window]:
        """The windows of a text that was read, each with the question before it.

        The text is cut in place: its offsets and words are to be taken before.
        """
        longest = min(longest, LONGEST)
        room = longest - self.tokenizer.num_special_tokens_to_add(question is not None)
        if question is not None:
            most = max(1, int(room * LONGEST_QUESTION))
            if len(question.ids) > most:
                note(f"Only the first {most} of the question's {len(question.ids):,} tokens count.")
                question.truncate(most)
            room -= len(question.ids)
        step = max(1, room - room // 2)
        if len(text.ids) > room:
            text.truncate(room, stride=room - step)
        parts = [text, *text.overflowing]
        return [self._window(part, n * step, question) for n, part in enumerate(parts)]

    def _window(self, part: Any, first: int, question: Any | None) -> Window:
        whole = (
            self.tokenizer.post_process(part)
            if question is None
            else self.tokenizer.post_process(question, part)
        )
        which = 0 if question is None else 1
        positions = [n for n, sequence in enumerate(whole.sequence_ids) if sequence == which]
        return Window(list(whole.ids), list(whole.type_ids), first, positions)

    @cached_property
    def joins(self) -> "Joins":
        """How this vocabulary tells that a token goes on with a word."""
        return Joins(self)

    def piece(self, token: int) -> str:
        """A token as it stands in the vocabulary."""
        return str(self.tokenizer.id_to_token(token))


class Joins:
    """Whether a token is a word of its own or goes on with the one before it."""

    def __init__(self, tokens: Tokens) -> None:
        pieces = [tokens.piece(i) for i in tokens.read("a a a").ids]
        self.marks = tuple(mark for mark in ("Ġ", "▁") if pieces and pieces[-1].startswith(mark))

    def __call__(self, piece: str) -> bool:
        """Whether the token continues the word before it."""
        return piece.startswith("##") or bool(self.marks and not piece.startswith(self.marks))


def best_windows(windows: Sequence[Window], count: int) -> list[int]:
    """For each of a text's tokens the window that sees most on both of its sides."""
    best, chosen = [-1] * count, [0] * count
    for number, window in enumerate(windows):
        for token in range(window.first, window.first + len(window.positions)):
            if (distance := window.distance(token)) > best[token]:
                best[token], chosen[token] = distance, number
    return chosen
