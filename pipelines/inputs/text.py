"""Text as input: one string, normalized for models.

Rules of cleaning, the same for every task:

- NFC: a letter and its combining marks are one character, as models were trained on.
- Line ends of all kinds (CR, CR LF, VT, FF, NEL, LS, PS) are a line feed.
- Other control characters, NUL too, are a space: they may stand between words. So are lone
  surrogates and U+FFFD, which decoders write for what is no character: with one in it, a sentence
  of a sleeping man was translated into one with foam.
- What only controls how a text is displayed is removed: byte order marks, soft hyphens, and
  embeddings, overrides and isolates of direction, which would reverse what a page shows after the
  text. Direction marks stay, since Arabic and Hebrew use them; so do joiners, for emoji and Indic
  scripts.

Offsets in answers count characters of the original text: see `as_given`.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipelines import graphemes
from pipelines.errors import InputError
from pipelines.run import note
from pipelines.settings import Settings

INVISIBLE = {"Cc", "Cf", "Zs", "Zl", "Zp"}
LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffd]")
DISPLAY_CONTROLS = re.compile("[\ufeff\u00ad\u202a-\u202e\u2066-\u2069]")
JAMO = re.compile("[\u1160-\u11ff]")  # vowels and finals of Hangul, which join the letter before


class CleanText(str):
    """A cleaned text that keeps the original of it, and where that begins in what was given."""

    given: str
    begins: int

    @cached_property
    def _places(self) -> list[tuple[int, int]]:
        """The span in what was given of each character."""
        places: list[tuple[int, int]] = []
        for first, last in _letters(self.given):
            letter = _cleaned(self.given[first:last])
            one_to_one = len(letter) == last - first
            start, end = self.begins + first, self.begins + last
            for index in range(len(letter)):
                place = (start + index, start + index + 1) if one_to_one else (start, end)
                places.append(place)
        whole = _cleaned(self.given)
        exact = whole.startswith(self)
        return places if exact else places[len(whole) - len(whole.lstrip()) :]


def as_given(text: str, start: int, end: int) -> tuple[int, int]:
    """Map a span of a cleaned text to a span of what was given."""
    if not isinstance(text, CleanText) or (text == text.given and not text.begins):
        return start, end
    first = text._places[start][0] if start < len(text) else text._places[-1][1]
    return first, text._places[end - 1][1] if start < end else first


def not_text(label: str) -> InputError:
    """Of another value in the place of a text."""
    return InputError(f"{label} must be text.", "Send a string.")


def given_text(text: str) -> str:
    """The original of a cleaned text."""
    return text.given if isinstance(text, CleanText) else text


def clean(value: str) -> str:
    """The text by the rules above, without white space at its ends."""
    return _read(value, exact=False)


def _read(value: str, exact: bool) -> str:
    text = _cleaned(value)
    text = text if exact else text.strip()
    # Joiners and marks of direction say nothing on their own; within a text they matter.
    return text if any(unicodedata.category(c) not in INVISIBLE for c in text) else ""


def _cleaned(value: str) -> str:
    text = CONTROLS.sub(" ", LINE_ENDS.sub("\n", value))
    return unicodedata.normalize("NFC", DISPLAY_CONTROLS.sub("", text))


def _letters(text: str) -> list[tuple[int, int]]:
    """The spans of letters with their marks, each of which is cleaned alone as in its context."""
    starts = [0]
    for index in range(1, len(text)):
        letter = text[index]
        joined = unicodedata.category(letter)[0] == "M" or JAMO.match(letter)
        # A letter and its mark also join across a character that is removed.
        between = DISPLAY_CONTROLS.match(letter)
        if not (joined or between or text[index - 1 : index + 1] == "\r\n"):
            starts.append(index)
    return list(zip(starts, [*starts[1:], len(text)], strict=True))


@dataclass(frozen=True)
class Text:
    """A text.

    `words`: the task needs letters or digits, so a text of emoji alone is refused.
    `cut`: a text over the limit is truncated, with a note, instead of refused.
    `exact`: white space at its ends is kept.
    """

    label: str = "Text"
    placeholder: str = ""
    lines: int = 4
    words: bool = False
    cut: bool = True
    exact: bool = False

    def read(self, value: Any, settings: Settings) -> str:
        """Return the text, cleaned; `as_given` maps its offsets to the original.

        Raises:
            InputError: no text, nothing readable in it, or too long.
        """
        if not isinstance(value, str):
            raise not_text(self.label)
        given = value if self.exact else value.strip()
        # Truncated far above the limit first: cleaning looks at each character.
        kept = given[: 2 * settings.max_characters]
        text = _read(kept, self.exact)
        length = len(text) + len(given) - len(kept)
        name = self.label.lower()
        if not text:
            raise InputError(f"The {name} is empty.", "Type something or click an example.")
        if self.words and not any(c.isalnum() for c in text):
            raise InputError(
                f"The {name} has no words in it.", "Write at least one word in letters or digits."
            )
        if length > settings.max_characters:
            if not self.cut:
                raise InputError(
                    f"The {name} has {length:,} characters; "
                    f"{settings.max_characters:,} are the limit.",
                    "Shorten it, or raise PLAYGROUND_MAX_CHARACTERS.",
                )
            text = graphemes.cut(text, settings.max_characters)
            note(f"Only the first {len(text):,} of {length:,} characters count.")
        read = CleanText(text)
        read.given = kept  # no more of it: its letters are looked at one by one
        read.begins = 0 if self.exact else len(value) - len(value.lstrip())
        return read
