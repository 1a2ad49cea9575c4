"""Which of a model's voices speaks; of one that it has not, an error that lists those it has."""

from collections.abc import Sequence

from pipelines.errors import InputError, quoted

MOST_LISTED = 60  # names in an error; some models have hundreds of speakers


def chosen(asked: str | None, voices: Sequence[str]) -> str:
    """The voice that is asked for, or else the first; "" of a model whose only voice has no name.

    Raises:
        InputError: the model has no voice of that name.
    """
    if not asked:
        return voices[0] if voices else ""
    if asked in voices:
        return asked
    if not voices:
        raise InputError(
            f"This model has no voice {quoted(asked)}.", "It has one: leave voice out."
        )
    more = ", …" if len(voices) > MOST_LISTED else ""
    raise InputError(
        f"This model has no voice {quoted(asked)}.",
        f"Choose from {', '.join(voices[:MOST_LISTED])}{more}.",
    )
