"""The describer's words: things counted, placed and listed in plain English."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from pipelines.engines.photo.coco import ALWAYS_MANY, NO_PIECES, plural
from pipelines.engines.photo.sight import Thing

NUMBERS = "no one two three four five six seven eight nine ten eleven twelve".split()
LONGEST = 12  # words of a text that a caption quotes
NOTHING = "Nothing that I know."
VOWEL = re.compile(r"(?!uni|eu|ukulele|one-)[aeiou]|hourglass")  # as it is spoken


def caption(
    things: Sequence[Thing],
    kinds: Mapping[str, str],
    whole: str,
    lines: Sequence[str],
) -> str:
    """One or two sentences: what is there, the surest first, and what is written.

    `kinds` has the kind of some labels, `whole` what the picture as a whole looks like; both only
    where that is sure.
    """
    first = stated(things, kinds, [with_article(whole)] if whole else [])
    sentences = [sentence(first)] if first else []
    if lines:
        sentences.append(f"The text reads {quoted(lines)}.")
    return " ".join(sentences) or NOTHING


def stated(
    things: Iterable[Thing],
    kinds: Mapping[str, str] | None = None,
    guesses: Sequence[str] = (),
) -> str:
    """ "two dogs (probably Samoyeds) and a ball, and probably a park bench"."""
    kinds, found = kinds or {}, list(things)
    named = []
    for label, count in tally(one for one in found if not one.guessed).items():
        kind = kinds.get(label, "")
        word = (plural(kind) if count > 1 else with_article(kind)) if kind else ""
        named.append(counted(label, count) + (f" (probably {word})" if kind else ""))
    guessed = tally(one for one in found if one.guessed)
    guesses = [*(counted(label, count) for label, count in guessed.items()), *guesses]
    if not guesses:
        return listed(named)
    return f"{listed(named)}{', and ' if named else ''}probably {listed(guesses)}"


def tally(things: Iterable[Thing]) -> dict[str, int]:
    """How many there are of each label, the surest first."""
    return dict(Counter(one.label for one in sorted(things, key=lambda one: -one.score)))


def counted(label: str, count: int) -> str:
    """ "a bus", "two people", "some broccoli"."""
    if label in NO_PIECES:
        return f"some {label}"
    if label in ALWAYS_MANY:
        return f"a pair of {label}" if count == 1 else f"{number(count)} pairs of {label}"
    return with_article(label) if count == 1 else f"{number(count)} {plural(label)}"


def number(count: int) -> str:
    """In words up to twelve."""
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def with_article(word: str) -> str:
    """ "a bus", "an apple"."""
    return f"{'an' if VOWEL.match(word.lower()) else 'a'} {word}"


def listed(parts: Sequence[str]) -> str:
    """ "a, b and c"."""
    *before, last = parts or [""]
    return f"{', '.join(before)} and {last}" if before else last


def quoted(lines: Sequence[str]) -> str:
    """The lines as one quotation, no longer than a caption bears."""
    words = " ".join(lines).split()
    return f"“{' '.join(words[:LONGEST])}{' …' if len(words) > LONGEST else ''}”"


def sentence(text: str) -> str:
    """With a capital letter and a full stop."""
    return text[0].upper() + text[1:] + "."


def place(thing: Thing) -> str:
    """ "on the left", "at the top right", "in the middle"."""
    left, top, right, bottom = thing.box
    across = _end(left, right, 1 / 3, "left", "right")
    down = _end(top, bottom, 0.3, "top", "bottom")
    if not down:
        return f"on the {across}" if across else "in the middle"
    return f"at the {down} {across}".rstrip()


def _end(low: float, high: float, share: float, first: str, last: str) -> str:
    """At which end of the picture the middle is; what fills most of it is at none."""
    middle = (low + high) / 2
    if high - low > 0.6 or share <= middle <= 1 - share:
        return ""
    return first if middle < share else last
