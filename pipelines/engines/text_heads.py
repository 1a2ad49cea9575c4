"""Encoders with a head that says something of each token: masked words, labels, ends of an answer.

Numbers only, in numpy: what a capability makes of a head's outputs is the same in every engine. The
engine's class gives the tokenizer, the length that the model reads, and the outputs of windows.
"""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipelines.capabilities import AnswerSpan, FillMask, TagTokens
from pipelines.engines.control_tokens import as_plain_text
from pipelines.engines.windows import Tokens, Window, best_windows
from pipelines.errors import InputError, ModelError
from pipelines.run import note, offer_recommended
from pipelines.token_results import Filling, FoundSpans, TaggedToken, TextSpan

Array: TypeAlias = NDArray[np.float32]
MOST_MASKS = 20  # each answer of each mask repeats the text
MORE = 8  # times as many spans of tokens are looked at, for several may be one span of words
NOT_LETTERS = 0x2E80  # from here on scripts write words without spaces


class TextHead:
    """What the three heads need of an engine's model."""

    plain = True  # "[SEP]" in a text is text

    @property
    @abstractmethod
    def window_length(self) -> int:
        """How many tokens the model reads at once."""

    @property
    @abstractmethod
    def text_tokenizer(self) -> Any:
        """The model's tokenizer, of the tokenizers library."""

    @abstractmethod
    def outputs(self, windows: Sequence[Window]) -> Iterator[tuple[int, tuple[Array, ...]]]:
        """The number of each window, and the head's outputs for its input tokens."""

    @property
    @abstractmethod
    def caveat(self) -> str:
        """What a starter knows less of than one expects, in a sentence; empty for other models."""

    def say_caveat(self) -> None:
        """Say it beside the answer, with the recommended model."""
        if self.caveat:
            offer_recommended(self.caveat)

    @cached_property
    def tokens(self) -> Tokens:
        """The tokenizer, apart from other uses of it."""
        return Tokens(self.text_tokenizer, plain=self.plain)


class MaskFiller(TextHead, FillMask):
    """Guesses masked words."""

    plain = False

    @property
    @abstractmethod
    def mask_token(self) -> str:
        """How the model writes a gap; empty if it knows none."""

    def fill_mask(
        self, text: str, *, top_k: int, targets: Sequence[str] = ()
    ) -> list[list[Filling]]:
        """For each mask in the text its likeliest tokens."""
        read = self.tokens.read(as_plain_text(text, self._control_tokens))
        mask = self.tokens.tokenizer.token_to_id(self.mask_token)
        ids = list(read.ids)
        places = [place for place, token in enumerate(ids) if token == mask]
        if not places:
            raise InputError("No word is masked.", f"Write {self.mask_token} in its place.")
        if len(places) > MOST_MASKS:
            raise InputError(f"{len(places)} words are masked.", f"Mask at most {MOST_MASKS}.")
        allowed = self._targets(targets)
        windows = self.tokens.windows(read, self.window_length)
        chosen = best_windows(windows, len(ids))
        needed = sorted({chosen[place] for place in places})
        scores: dict[int, Array] = {}
        for number, (logits,) in self.outputs([windows[one] for one in needed]):
            window = windows[needed[number]]
            for place in places:
                if chosen[place] == needed[number]:
                    scores[place] = softmax(logits[window.positions[place - window.first]])
        self.say_caveat()
        return [self._best(scores[place], top_k, allowed) for place in places]

    @cached_property
    def _control_tokens(self) -> set[str]:
        """All special tokens but the mask: in a text they are text."""
        added = self.tokens.tokenizer.get_added_tokens_decoder().values()
        return {one.content for one in added if one.special} - {self.mask_token}

    def _best(self, scores: Array, top_k: int, allowed: list[int]) -> list[Filling]:
        candidates = np.array(allowed) if allowed else np.arange(len(scores))
        order = np.argsort(-scores[candidates], kind="stable")[:top_k]
        return [self._filling(int(one), float(scores[one])) for one in candidates[order]]

    def _filling(self, token: int, score: float) -> Filling:
        text = self.tokens.tokenizer.decode([token], skip_special_tokens=False)
        piece = self.tokens.piece(token)
        return Filling(token, text, score, self.tokens.joins(piece))

    def _targets(self, targets: Sequence[str]) -> list[int]:
        """The tokens of the words that alone count; of a word of several tokens the first."""
        found: dict[int, str] = {}
        for target in targets:
            # As it stands within a sentence, after a space; else as it stands in the vocabulary.
            ids = self.tokens.read(f" {target.strip()}").ids
            known = self.tokens.tokenizer.token_to_id(target)
            if len(ids) > 1 and known is not None:
                ids = [known]
            if len(ids) > 1:
                first = self.tokens.tokenizer.decode(ids[:1]).strip()
                note(f"“{target}” is {len(ids)} tokens to this model; “{first}” stands for it.")
            if ids:
                found.setdefault(ids[0], target)
        return list(found)


class TokenTagger(TextHead, TagTokens):
    """Labels each token."""

    @property
    @abstractmethod
    def labels(self) -> list[str]:
        """The labels, in the order of the scores."""

    @property
    @abstractmethod
    def marks_capitals(self) -> bool:
        """Whether token type 1 means a word with a capital (starters/named_entities.py)."""

    def tag_tokens(self, text: str) -> list[TaggedToken]:
        """Every token of the text with its scores, each once however long the text is."""
        read = self.tokens.read(text)
        pieces, words, offsets = list(read.tokens), list(read.word_ids), list(read.offsets)
        goes_on = [n > 0 and one is not None and one == words[n - 1] for n, one in enumerate(words)]
        windows = self.tokens.windows(read, self.window_length)
        chosen = best_windows(windows, len(pieces))
        if self.marks_capitals:
            mark_capitals(windows, [text[start : start + 1] for start, _ in offsets], goes_on)
        self.say_caveat()
        rows: dict[int, Array] = {}
        for number, (logits,) in self.outputs(windows):
            window = windows[number]
            for place, position in enumerate(window.positions, window.first):
                if chosen[place] == number:
                    rows[place] = softmax(logits[position])
        return [
            TaggedToken(*trimmed(text, *offsets[n]), piece, goes_on[n], rows[n])
            for n, piece in enumerate(pieces)
        ]


class SpanFinder(TextHead, AnswerSpan):
    """Finds the likeliest first and last token of an answer."""

    @property
    @abstractmethod
    def cls_token(self) -> int | None:
        """The token whose choice means that the text has no answer."""

    def answer_spans(
        self, question: str, context: str, *, top_k: int, max_answer_len: int
    ) -> FoundSpans:
        """Spans by P(first token) · P(last token), as transformers 4's pipeline scored them."""
        asked, read = self.tokens.read(question), self.tokens.read(context)
        offsets = [trimmed(context, *one) for one in read.offsets]
        words = list(read.word_ids)
        if not offsets:
            raise InputError("The model knows no word of this text.", "Pick another model.")
        windows = self.tokens.windows(read, self.window_length, asked)
        nothing = 1.0
        found: dict[tuple[int, int], float] = {}
        for number, (starts, ends) in self.outputs(windows):
            window = windows[number]
            begin, end, none = self._chances(window, starts, ends)
            nothing = min(nothing, none)
            for first, last, score in likeliest(begin, end, MORE * top_k, max_answer_len):
                a, b = window.first + first, window.first + last
                span = whole_words(context, offsets, words, a, b)
                found[span] = max(found.get(span, 0.0), score)
        self.say_caveat()
        best = sorted(found.items(), key=lambda one: -one[1])[:top_k]
        return FoundSpans([TextSpan(a, b, score) for (a, b), score in best], nothing)

    def _chances(self, window: Window, starts: Array, ends: Array) -> tuple[Array, Array, float]:
        """P(first) and P(last) of the text's tokens, and P(no answer) of this window."""
        none = [n for n, token in enumerate(window.ids) if token == self.cls_token][:1]
        allowed = [*none, *window.positions]
        begin, end = softmax(starts[allowed]), softmax(ends[allowed])
        skipped = len(none)
        nothing = float(begin[0] * end[0]) if none else 0.0
        return begin[skipped:], end[skipped:], nothing


def softmax(logits: Array) -> Array:
    """Scores that sum to 1."""
    powers = np.exp(logits - logits.max())
    scores: Array = powers / powers.sum()
    return scores


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A piece of the text without the spaces around it, which some tokenizers count to a token.

    A piece of spaces only is nothing, just before what follows.
    """
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    return (start + left, start + len(piece.rstrip())) if piece.strip() else (end, end)


def mark_capitals(windows: Sequence[Window], letters: list[str], goes_on: list[bool]) -> None:
    """Set token type 1 for all tokens of a word that begins with a capital."""
    capitals: list[int] = []
    for letter, inside in zip(letters, goes_on, strict=True):
        capitals.append(capitals[-1] if inside else int(letter.isupper()))
    for window in windows:
        for place, position in enumerate(window.positions, window.first):
            window.type_ids[position] = capitals[place]


def likeliest(
    begin: Array, end: Array, top_k: int, max_answer_len: int
) -> list[tuple[int, int, float]]:
    """The best pairs of first and last token, not longer than allowed."""
    both = np.tril(np.triu(np.outer(begin, end)), max_answer_len - 1)
    count = min(top_k, both.size)
    best = np.argpartition(both.ravel(), -count)[-count:]
    pairs = [(*divmod(int(one), both.shape[1]), float(both.flat[one])) for one in best]
    return [pair for pair in pairs if pair[2] > 0]


def whole_words(
    text: str, offsets: list[tuple[int, int]], words: list[int | None], first: int, last: int
) -> tuple[int, int]:
    """The characters of a span of tokens, with the rest of the words at its ends."""
    while first and words[first] == words[first - 1] and _inside_word(text, offsets[first][0]):
        first -= 1
    most = len(words) - 1
    while last < most and words[last] == words[last + 1] and _inside_word(text, offsets[last][1]):
        last += 1
    return offsets[first][0], offsets[last][1]


def _inside_word(text: str, place: int) -> bool:
    """Whether letters of one word stand on both sides of a place."""
    around = text[max(0, place - 1) : place + 1]
    return len(around) == 2 and all(c.isalnum() and ord(c) < NOT_LETTERS for c in around)


def no_offsets() -> ModelError:
    """The error for a tokenizer that does not tell where its tokens stand."""
    return ModelError(
        "This model's tokenizer does not tell where in a text its tokens stand.",
        "Pick a model with a tokenizer.json.",
    )
