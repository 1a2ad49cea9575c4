"""The scene models' tokenizer: words to ids and back, for questions, answers and captions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from pipelines.parse_json import parse_json

FILE = "vocabulary.json"
SPECIAL = ("<pad>", "<start>", "<end>", "<unknown>", "<other>")
PAD, START, END, UNKNOWN, OTHER = range(len(SPECIAL))  # their ids
_WORD = re.compile(r"[a-z0-9]+|[.,]")


def split(text: str) -> list[str]:
    """Lower-case words and, for captions, full stops and commas."""
    text = text.lower().replace("’", "'").replace("what's", "what is").replace("'", "")
    return _WORD.findall(text)


class Words:
    """A fixed vocabulary; any other word is UNKNOWN."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = [*SPECIAL, *words]
        self._numbers = {word: number for number, word in enumerate(self.words)}

    def __len__(self) -> int:
        return len(self.words)

    @classmethod
    def load(cls, folder: Path) -> Words:
        """Read a bundled vocabulary."""
        return cls(parse_json((folder / FILE).read_text())[len(SPECIAL) :])

    def save(self, folder: Path) -> None:
        """Write it beside the weights."""
        (folder / FILE).write_text(json.dumps(self.words) + "\n")

    def question(self, text: str) -> list[int]:
        """A person's question, without punctuation."""
        return [self._numbers.get(word, UNKNOWN) for word in split(text) if word not in ".,"]

    def answer(self, text: str) -> list[int]:
        """The target of the reader, with START and END."""
        return [START, *(self._numbers[word] for word in split(text)), END]

    def piece(self, number: int, first: bool) -> str:
        """The text of one word id, with the space before it where one belongs."""
        if number in (PAD, START, END, UNKNOWN, OTHER):
            return ""
        word = self.words[number]
        return word if first or word in ".," else " " + word

    def text(self, numbers: Iterable[int]) -> str:
        """The text of the ids."""
        pieces: list[str] = []
        for number in numbers:
            pieces.append(self.piece(number, not any(pieces)))
        return "".join(pieces)
