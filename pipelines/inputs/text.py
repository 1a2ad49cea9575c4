"""Text as input: one string, cleaned of what no model can read."""

import unicodedata
from dataclasses import dataclass
from typing import Any

from pipelines.errors import InputError
from pipelines.run import note
from pipelines.settings import Settings

INVISIBLE = {"Cc", "Cf", "Zs", "Zl", "Zp"}


def clean(value: str) -> str:
    """Drop control characters and lone surrogates, keep line breaks and tabs, trim the ends."""
    kept = (c for c in value if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})
    text = "".join(kept).strip()
    # Joiners and marks of direction say nothing on their own; within a text they matter.
    return text if any(unicodedata.category(c) not in INVISIBLE for c in text) else ""


@dataclass(frozen=True)
class Text:
    """A text.

    `words`: the task needs letters or digits, so a row of emoji is refused.
    `cut`: what is over the limit is left away, and said so; otherwise it is refused.
    """

    label: str = "Text"
    placeholder: str = ""
    lines: int = 4
    words: bool = False
    cut: bool = True

    def read(self, value: Any, settings: Settings) -> str:
        """Return the text, cleaned.

        Raises:
            InputError: no text, nothing readable in it, or too long.
        """
        if not isinstance(value, str):
            raise InputError(f"{self.label} must be text.", "Send a string.")
        given = value.strip()
        # What is far over the limit is cut first: cleaning looks at each character.
        kept = given[: 2 * settings.max_characters]
        text = clean(kept)
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
            note(f"Only the first {settings.max_characters:,} of {length:,} characters count.")
            text = text[: settings.max_characters]
        return text
