"""fill-mask: a text with a masked word → the likeliest words for it, with the text that each gives.

A gap is [MASK], <mask> or ___ for any model. Several gaps give a list each, several texts a list of
these.

    run("fill-mask", "Paris is the [MASK] of France.")
    [{"score": 0.99, "token": 3007, "token_str": "capital",
      "sequence": "Paris is the capital of France."}, …]
"""

import re
from typing import Annotated, TypeAlias

from pipelines.batch import Notes
from pipelines.capabilities import FillMask
from pipelines.errors import InputError
from pipelines.inputs import Number, Text, Words
from pipelines.outputs import FilledMask
from pipelines.task import Task
from pipelines.token_results import Filling

# However another model, or a person, writes a gap.
MASK = re.compile(r"\[ ?MASK ?\]|<mask>|_{3,}", re.IGNORECASE)
MOST_CHARACTERS = 10_000_000  # of all sequences in one answer
Fillings: TypeAlias = list[FilledMask] | list[list[FilledMask]]


def fill_mask(
    model: FillMask,
    text: Annotated[str | list[str], Text("Text", "The capital of France is [MASK].")],
    *,
    top_k: Annotated[int, Number("Show this many words", 1, 100)] = 5,
    targets: Annotated[list[str] | None, Words("Score only these words")] = None,
) -> Fillings | list[Fillings]:
    """Return the likeliest words, best first; a list for each mask when there are several."""
    if not model.mask_token:
        raise InputError(
            "This model has no mask token, so it cannot guess a masked word.",
            "Pick a masked language model, such as a BERT or a RoBERTa.",
        )
    sent = [text] if isinstance(text, str) else text
    if sum(len(MASK.findall(one)) * top_k * len(one) for one in sent) > MOST_CHARACTERS:
        raise InputError(
            f"The answers would have more than {MOST_CHARACTERS:,} characters.",
            "Ask for fewer words (top_k), or send shorter texts with fewer gaps.",
        )
    if isinstance(text, str):
        return _filled(model, text, top_k, targets or [])
    found, notes = [], Notes(len(text))
    for number, one in enumerate(text, 1):
        with notes.item(number):
            found.append(_filled(model, one, top_k, targets or []))
    notes.tell()
    return found


def _filled(model: FillMask, text: str, top_k: int, targets: list[str]) -> Fillings:
    text = MASK.sub(lambda _: model.mask_token, text)
    around = text.split(model.mask_token)
    if len(around) == 1:
        raise InputError("No word is masked.", "Write [MASK] or ___ in its place.")
    guesses = model.fill_mask(text, top_k=top_k, targets=targets)
    if len(guesses) == 1:
        return [_with(one, *around) for one in guesses[0]]
    found: list[list[FilledMask]] = []
    for place, fillings in enumerate(guesses, 1):
        sides = (model.mask_token.join(part) for part in (around[:place], around[place:]))
        before, after = sides
        found.append([_with(one, before, after) for one in fillings])
    return found


def _with(filling: Filling, before: str, after: str) -> FilledMask:
    """The text as it was written, with the word in the gap."""
    word = filling.token_str.strip()
    before = before.rstrip() if filling.joins and before.strip() else before
    return {
        "score": filling.score,
        "token": filling.token,
        "token_str": filling.token_str,
        "sequence": before + word.removeprefix("##") + after,
    }


TASK = Task(
    id="fill-mask",
    title="Fill-mask",
    summary="An encoder guesses a masked word from both of its sides.",
    course="Transformers, what can they do?",
    order=7,
    run=fill_mask,
)
