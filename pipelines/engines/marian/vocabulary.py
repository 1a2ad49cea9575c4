"""A SentencePiece vocabulary, and what to do with characters that it does not have.

These vocabularies know the letters of their two languages and little else; any other character is
<unk> to the model, which leaves it out or guesses ("£3" became "3 euros"). So typographic quotes
and dashes become the plain ones, and a word with any other unknown character (an address with @, an
emoji, a name of another language) is replaced by "X1", "X2", … which these models copy: all of 16
sentences with it in 13 places kept it, where "#1" was lost in every one. The word is put back into
the translation. Emoji at either end of a sentence are no part of it to the model: "I love it X1"
became "Eu amo o X1", as if it were a noun.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path

from pipelines.errors import ModelError

PLAIN = str.maketrans(
    {
        **dict.fromkeys("“”„‟«»″", '"'),
        **dict.fromkeys("‘’‚‛‹›′`´", "'"),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("•·", "-"),
    }
)
INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))  # soft hyphen, zero-width space, …
JOINING = {"Cf", "Mn", "Me"}  # Unicode's categories of what is no character of its own
SYMBOLS = {"So", "Sk"} | JOINING  # of emoji
CLOSING = ".!?…"
WORD = re.compile(r"\S+")
LETTERS = "XQZKW"


@dataclass(frozen=True)
class Words:
    """A sentence as the model reads it, with the words and the outer symbols taken out of it.

    `inner` says whether the symbols at the end stood before the last full stop.
    """

    text: str
    letter: str
    kept: tuple[str, ...] = ()
    before: str = ""
    after: str = ""
    inner: bool = False

    def so_far(self, translation: str) -> str:
        """An unfinished translation with the words in their places."""

        def word(match: re.Match[str]) -> str:
            number = int(match[1]) - 1
            return self.kept[number] if 0 <= number < len(self.kept) else match[0]

        if self.kept:
            translation = re.sub(rf"{self.letter}([1-9]\d{{0,3}})(?!\d)", word, translation)
        return self.before + translation

    def whole(self, translation: str) -> str:
        """The translation with all that was taken out."""
        text = self.so_far(translation)
        closing = text[len(text.rstrip(CLOSING)) :] if self.inner else ""
        return f"{text.removesuffix(closing)}{self.after}{closing}"

    def missing(self, translation: str) -> list[str]:
        """The words that a translation with its words put back does not have."""
        return [word for word in self.kept if word not in translation]


class Vocabulary:
    """Sentences to ids and back."""

    def __init__(self, file: Path) -> None:
        """Read the file.

        Raises:
            ModelError: it is no SentencePiece vocabulary.
        """
        from sentencepiece import SentencePieceProcessor

        try:
            self._pieces = SentencePieceProcessor(model_file=str(file))
        except (OSError, RuntimeError, ValueError) as error:
            raise ModelError(
                f"{file.name} is no SentencePiece vocabulary.", "Download it again."
            ) from error
        self._knows = cache(self._known)

    def __len__(self) -> int:
        return int(self._pieces.vocab_size())

    def encode(self, text: str) -> list[int]:
        """The ids of a text's tokens, without an end."""
        ids: list[int] = self._pieces.encode(text)
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """The text of ids."""
        text: str = self._pieces.decode(list(ids))
        return text

    def read(self, sentence: str) -> Words:
        """The sentence with words in place of which the model sees a placeholder."""
        text = unicodedata.normalize("NFC", sentence).translate(INVISIBLE)
        plain = "".join(c if self._knows(c) else c.translate(PLAIN) for c in text).strip()
        before, plain, after, inner = self._without_symbols(plain)
        letter = next(
            one
            for length in count(1)
            for one in (letter * length for letter in LETTERS)
            if not re.search(rf"{one}\d", plain)
        )
        kept: list[str] = []

        def replace(match: re.Match[str]) -> str:
            found = match[0]
            unknown = [at for at, character in enumerate(found) if not self._knows(character)]
            if not unknown:
                return found
            # Punctuation around it stays in the sentence: the model moves and changes it.
            begin, end = 0, len(found)
            while begin < unknown[0] and not found[begin].isalnum():
                begin += 1
            while end > unknown[-1] + 1 and not found[end - 1].isalnum():
                end -= 1
            kept.append(found[begin:end])
            return f"{found[:begin]}{letter}{len(kept)}{found[end:]}"

        return Words(WORD.sub(replace, plain), letter, tuple(kept), before, after, inner)

    def _without_symbols(self, text: str) -> tuple[str, str, str, bool]:
        """The symbols before a sentence, the sentence, those behind it, and Words.inner."""

        def outside(character: str) -> bool:
            return character.isspace() or (
                not self._knows(character) and unicodedata.category(character) in SYMBOLS
            )

        begin = next((at for at, c in enumerate(text) if not outside(c)), len(text))
        closed = text.rstrip(CLOSING)
        if inner := bool(closed) and closed != text and outside(closed[-1]):
            end = len(closed)
        else:
            closed, end = text, len(text)
        while end > begin and outside(text[end - 1]):
            end -= 1
        closing = text[len(closed) :] if begin < end else ""
        return text[:begin], text[begin:end] + closing, text[end : len(closed)], inner

    def _known(self, character: str) -> bool:
        if character.isspace():
            return True
        joining = unicodedata.category(character) in JOINING
        return not joining and self._pieces.unk_id() not in self._pieces.encode(character)
