"""Texts as a converted model's tokens and back, without transformers.

Most models have a tokenizer.json, which `tokenizers` reads; Marian's and M2M100's have models of
SentencePiece and a vocabulary. What stands around a text's own tokens is not put there here.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from pipelines.engines.ctranslate2.about import About
from pipelines.parse_json import parse_json

FAST, VOCABULARY = "tokenizer.json", "vocabulary_of_pieces.json"
SOURCE, TARGET = "source.spm", "target.spm"
UNKNOWN = "<unk>"
# As transformers cleans up where a tokenizer asks for it.
CLEANED = (
    *((" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't")),
    *((" 'm", "'m"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re")),
)


class Tokens(Protocol):
    """A tokenizer."""

    def encode(self, text: str) -> list[int]:
        """The tokens of a text; special ones in it are text like any other."""

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of tokens, without special ones."""


def tokens_of(folder: Path, about: About) -> Tokens:
    """The tokenizer of a converted model."""
    return Fast(folder, about) if about.tokenizer == "tokenizers" else Pieces(folder, about)


class Fast:
    """A tokenizer.json."""

    def __init__(self, folder: Path, about: About) -> None:
        from tokenizers import Tokenizer

        self._tokenizer: Any = Tokenizer.from_file(str(folder / FAST))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._tokenizer.encode_special_tokens = True
        self._special = set(about.special)
        self._clean_up = about.clean_up

    def encode(self, text: str) -> list[int]:
        """The tokens of a text."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of tokens."""
        kept = [token for token in tokens if token not in self._special]
        text = str(self._tokenizer.decode(kept, skip_special_tokens=True))
        return cleaned(text) if self._clean_up else text


class Pieces:
    """SentencePiece models for reading and writing, and a vocabulary of both."""

    def __init__(self, folder: Path, about: About) -> None:
        from sentencepiece import SentencePieceProcessor

        self._reader: Any = SentencePieceProcessor(model_file=str(folder / SOURCE))
        self._writer: Any = SentencePieceProcessor(model_file=str(folder / TARGET))
        self._numbers: dict[str, int] = parse_json((folder / VOCABULARY).read_text("utf-8"))
        self._pieces = {number: piece for piece, number in self._numbers.items()}
        self._special = set(about.special)
        self._unknown = self._numbers[UNKNOWN]
        self._clean_up = about.clean_up

    def encode(self, text: str) -> list[int]:
        """The tokens of a text."""
        pieces = self._reader.encode(text, out_type=str)
        found = [self._numbers.get(piece, self._unknown) for piece in pieces]
        return [self._unknown if number in self._special else number for number in found]

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of tokens."""
        runs: list[list[str]] = [[]]  # between tokens that the vocabulary has no piece for
        for number in tokens:
            if number in self._pieces and number not in self._special:
                runs[-1].append(self._pieces[number])
            elif number not in self._special:
                runs.append([])
        text = UNKNOWN.join(str(self._writer.decode(run)) for run in runs).strip()
        return cleaned(text) if self._clean_up else text


def cleaned(text: str) -> str:
    """Without the spaces before punctuation."""
    for spaced, joined in CLEANED:
        text = text.replace(spaced, joined)
    return text
