"""Words with their times from the label of each frame, as connectionist temporal classification
(CTC) writes speech down: repetitions are one letter, blanks none. Knows letters and times."""

from collections.abc import Sequence
from itertools import groupby

from pipelines.capabilities import Word


def words(
    labels: Sequence[str], blank: str, space: str, seconds: float, *, lower: bool
) -> tuple[Word, ...]:
    """The words of a sound of so many seconds, each from its first letter to its last; in small
    letters where `lower` says so."""
    frame = seconds / max(1, len(labels))
    found: list[Word] = []
    at, joins = 0, False
    for label, run in groupby(labels):
        start, at = at, at + len(list(run))
        if label == blank:
            continue
        if label == space:
            joins = False
            continue
        before = found.pop() if joins else Word(start * frame, 0.0, "")
        found.append(Word(before.start, at * frame, before.text + label))
        joins = True
    return tuple(one._replace(text=one.text.lower()) if lower else one for one in found)
