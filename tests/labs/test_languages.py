"""What the labs draw and say for one visitor has no English in it, but for what models say."""

import re
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from components.labs.families.attention_drawings import attention
from components.labs.families.next_token_drawings import candidate_bars, surprises, tree
from components.labs.families.translation_drawings import beams, step_figure
from components.labs.training.after import about, cards
from components.labs.training.curves import curves
from components.labs.training.setup import preview
from components.labs.training.watch import samples, state, tokenizer
from components.translations import LANGUAGE
from pipelines.labs.families.attention import Attention, Reading
from pipelines.labs.families.continuations import Branch
from pipelines.labs.families.decoder import Candidate, Surprise
from pipelines.labs.families.encoder_decoder import Beam, Beams, Step, Translated
from pipelines.labs.training.recipe import Recipe
from pipelines.labs.training.run import Run, State

STATES: tuple[State, ...] = (
    "queued",
    "running",
    "pausing",
    "paused",
    "stopping",
    "stopped",
    "done",
)
NAMES = {"user", "assistant", "pretrained", "random"}  # of special tokens, and in models' names


def families() -> Iterator[str]:
    """The figures of lab 1; their tokens are Ж and Ю."""
    two = np.eye(2, dtype=np.float32)
    yield attention(two, ["Ж", "Ю"], 1, 1, causal=True)
    yield attention(two, ["Ж", "Ю"], 1, 1, causal=False)
    yield candidate_bars([Candidate(1, "Ж", 0.5, 0.5)])
    yield tree([Branch(1, "Ж", 0.5, 0.5, (Branch(2, "Ю", 0.5, 0.25),))])
    yield surprises([Surprise(1, "Ж", None, None), Surprise(2, "Ю", 3.0, 4)], 8.0)
    source = Reading((1, 2), ("Ж", "Ю"), (False, False))
    step = Step(1, "Ж", 0.5, (("Ж", 0.5),), np.ones((1, 1, 2), dtype=np.float32))
    looked = Attention(("Ж",), ("Ж",), np.ones((1, 1, 1, 1), dtype=np.float32))
    yield step_figure(Translated(source, (step,), "Ж", looked, two), 1, two[0])
    yield beams(Beams((Beam(1, -1, 1, "Ж", -0.5, True, True),), (("", -0.5),)), "")


def training() -> Iterator[str]:
    """What lab 2 shows of its runs."""
    both = ("pretraining", "tuning")
    told = {"loss": 2.0, "tokens_per_second": 100, "seconds": 9.0}
    events = [{"event": "step", "phase": phase, "step": 1, **told} for phase in both]
    events += [{"event": "held_out", "phase": "pretraining", "step": n, "loss": 2.0,
                "perplexity": 7.0} for n in (0, 1)]  # fmt: skip
    events += [{"event": "exact", "phase": "tuning", "step": 1, "loss": 2.0, "right": 1, "of": 4}]
    events += [{"event": "left_out", "instructions": 3, "why": ""}]
    events += [{"event": "sample", "phase": phase, "step": 1, "prompt": "Ж", "text": "Ю"}
               for phase in both]  # fmt: skip
    made = {"vocab_size": 300, "seconds": 1.0, "example": ["Ж"], "last_learned": ["Ю"]}
    for one in STATES:
        for seen in ([], events):
            yield state(Run("a", "u", one, 1, place=2), seen, Recipe())
    left_out = {"event": "left_out", "phase": "tuning", "why": "no instruction fits the context"}
    yield state(Run("a", "u", "done", 1), [left_out], Recipe())
    yield curves(events, {"pretraining": 9, "tuning": 9})
    yield samples(events)
    yield tokenizer([{"event": "tokenizer", **made}])
    yield cards({"random": ""}, {}, there=("random",))
    yield about("Ж")
    lines = "\n".join(f'{{"instruction": "{n}?", "answer": "Ж"}}' for n in range(20))
    yield preview("Ж" * 10_000, "\n".join([lines] * 2))
    yield preview("Ж" * 10_000, None).partition("<table>")[0]  # without the built-in questions


@pytest.mark.parametrize("drawn", [families, training])
def test_a_lab_has_no_english_for_a_visitor_of_another_language(
    drawn: Callable[[], Iterator[str]],
) -> None:
    before = LANGUAGE.set("zh")
    try:
        shown = list(drawn())
    finally:
        LANGUAGE.reset(before)
    for html in shown:
        named = re.findall(r'(?:title|aria-label)="([^"]*)"', html)
        seen = re.sub(r"<style>.*?</style>|<[^>]*>", " ", html)
        words = re.findall(r"[a-z][a-z_-]{3,}", " ".join([seen, *named]))
        assert set(words) <= NAMES, html
