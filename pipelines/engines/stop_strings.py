"""A text that ends before the first stop string. Used by all engines, so that it means the same."""

from collections.abc import Sequence
from contextlib import closing

from pipelines.capabilities import TextStream
from pipelines.run import finished


def until_stop(pieces: TextStream, stop: Sequence[str]) -> TextStream:
    """Yield the pieces up to the first of the strings, and close `pieces` when it comes.

    What may be the beginning of a stop string is held back until the text tells. An empty piece
    tells of something else that is new, and goes through.
    """
    held = ""
    with closing(pieces):
        for piece in pieces:
            held += piece
            if ends := [at for one in stop if (at := held.find(one)) >= 0]:
                if before := held[: min(ends)]:
                    yield before
                break
            ready = len(held) - _begun(held, stop)
            if ready or not piece:
                yield held[:ready]
                held = held[ready:]
        else:
            if held:
                yield held
            return
    finished("stop")


def _begun(text: str, stop: Sequence[str]) -> int:
    """How many characters at the end of the text are the beginning of a stop string."""
    longest = min(len(text), max((len(one) for one in stop), default=1) - 1)
    ends = (n for n in range(longest, 0, -1) if any(one.startswith(text[-n:]) for one in stop))
    return next(ends, 0)
