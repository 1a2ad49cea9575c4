"""What a learner chooses before a run of lab 2: the model's sizes, the text, the instructions.

It shows what the sizes will cost while the sliders move, and what the model is going to read.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components import Component
from markupsafe import Markup

from components import status
from components.labs.drawings import safe
from components.labs.training.watch import figures
from pipelines.errors import InputError, PlaygroundError
from pipelines.labs.training import datasets, village
from pipelines.labs.training.recipe import LIMITS, PRESETS, Recipe, predict

OURS, OWN = "Built in", "My own"
OUR_TEXT = "built in: stories of a small village, made by this program, free to use (CC0-1.0)"
OUR_INSTRUCTIONS = (
    "built in: questions about that village, CC0-1.0 too; your own: one "
    '{"instruction": …, "answer": …} or {"messages": [user, assistant]} a line'
)
LONGEST_SHOWN = 700  # letters of the text in the preview
FEW = 4  # instructions in the preview

# Field of the recipe, label, step of the slider, what it does.
SIZES = (
    ("layers", "Layers", 1, "how often every token looks at the others"),
    ("hidden_size", "Width", 8, "numbers that stand for a token"),
    ("num_attention_heads", "Heads", 1, "looks side by side in a layer; they share the width"),
    ("vocab_size", "Vocabulary", 50, "tokens the tokenizer learns, at most"),
    ("context", "Context", 8, "tokens the model sees at once"),
    ("batch_size", "Batch", 1, "windows of the text read in one step"),
    ("pretraining_steps", "Steps of pretraining", 10, "changes of all weights in phase 1"),
    ("tuning_steps", "Steps of tuning", 10, "in phase 2; 0 leaves it out"),
)
TITLES = {name: name.capitalize() for name in PRESETS}
UNKNOWN = Markup(
    "<p><b>These ask about the built-in village, of which your text tells nothing:</b> the "
    "model will learn how to answer, but cannot know the answers held out.</p>"
)
PREVIEW = Markup(
    "{first}<h4>Instructions: {count}{again}, every fifth of them or so held out</h4>{unknown}"
    "<table><tr><th>Instruction</th><th>Answer</th></tr>{rows}</table>"
    "<h4>The first in the chat template</h4><p class='tr-template'><i>user</i>: {instruction}"
    "<i>assistant</i>:<mark> {answer}<i>end</i></mark></p><p><small>The boxed words are special "
    "tokens that no text contains; only what is marked counts in the loss.</small></p>"
)


class Setup:
    """The components, and how their values are read."""

    def __init__(self, public: bool) -> None:
        self.public = public
        preset = next(iter(PRESETS))
        gr.HTML("<h3>1. Size your model</h3>")
        self.preset = gr.Radio(
            [(title, name) for name, title in TITLES.items()],
            value=preset,
            label="A preset that works",
            info="Two minutes learns to answer, a short taste to tell stories; or move the sliders",
        )
        with gr.Row():
            self.sizes = [
                gr.Slider(
                    *LIMITS[field],
                    getattr(PRESETS[preset], field),
                    step=step,
                    label=label,
                    info=says,
                    min_width=200,
                    buttons=[],
                )
                for field, label, step, says in SIZES
            ]
        self.cost = gr.HTML(cost(PRESETS[preset], public))
        gr.HTML("<h3>2. Choose what it reads</h3>")
        self.text = _Source("Text for phase 1", "text", [".txt", ".md", "text"], OUR_TEXT)
        self.instructions = _Source(
            "Instructions for phase 2", "JSONL", [".jsonl", ".json"], OUR_INSTRUCTIONS
        )
        with gr.Accordion("What the model reads", open=False):
            self.preview = gr.HTML(preview(None, None))
        self._wire()

    @property
    def given(self) -> list[Component]:
        """What `read` takes, in order."""
        return [*self.sizes, *self.text.given, *self.instructions.given]

    def read(self, values: Sequence[Any]) -> tuple[Recipe, str | bytes | None, str | bytes | None]:
        """The recipe, and text and instructions unless the built-in ones are chosen."""
        count = len(self.sizes)
        text, instructions = values[count : count + 3], values[count + 3 :]
        return (recipe(values[:count]), _source("text", *text), _source("JSONL", *instructions))

    def _wire(self) -> None:
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        gr.on(
            [slider.input for slider in self.sizes],
            lambda *values: cost_of(values, self.public),
            self.sizes,
            self.cost,
            trigger_mode="always_last",
            queue=False,
            **quiet,
        )
        self.preset.input(self._preset, self.preset, [*self.sizes, self.cost], queue=False, **quiet)
        for source in (self.text, self.instructions):
            source.which.input(_opened, source.which, [source.pasted, source.file], **quiet)
        gr.on(
            [
                event
                for source in (self.text, self.instructions)
                for event in (source.which.input, source.pasted.input, source.file.change)
            ],
            _previewed,
            [*self.text.given, *self.instructions.given],
            self.preview,
            trigger_mode="always_last",
            **quiet,
        )

    def _preset(self, name: str) -> list[Any]:
        chosen = PRESETS[name]
        return [*(getattr(chosen, field) for field, *_ in SIZES), cost(chosen, self.public)]


class _Source:
    """The built-in dataset, or one's own, pasted or as a file."""

    def __init__(self, label: str, what: str, kinds: list[str], ours: str) -> None:
        self.which = gr.Radio([OURS, OWN], value=OURS, label=label, info=ours)
        self.pasted = gr.Textbox(
            label=f"Your {what}",
            info="pasted here, or as a file below; the file counts when there is one",
            lines=5,
            max_lines=12,
            visible=False,
        )
        self.file = gr.File(
            label=f"A file with your {what}", file_types=kinds, height=110, visible=False
        )

    @property
    def given(self) -> list[Component]:
        """The three components, in the order of `_source`."""
        return [self.which, self.pasted, self.file]


def recipe(values: Sequence[Any]) -> Recipe:
    """The recipe that the sliders stand for."""
    try:
        fields = {name: int(v) for (name, *_), v in zip(SIZES, values, strict=True)}
    except (TypeError, ValueError):
        raise InputError("A size is missing.", "Give every slider a number.") from None
    return replace(Recipe(), **fields)


def cost_of(values: Sequence[Any], public: bool) -> Markup:
    """The cost of what the sliders stand for; a sentence when one of them is empty."""
    try:
        return cost(recipe(values), public)
    except PlaygroundError as error:
        return Markup('<div class="status tr-cost">{}</div>').format(status.error(error))


def cost(recipe: Recipe, public: bool) -> Markup:
    """Parameters, memory and time of a run; and the sentence when it is too much."""
    try:
        recipe.check(public)
        refused = Markup("")
    except PlaygroundError as error:
        refused = status.error(error)
    try:
        told = predict(recipe)
    except (ZeroDivisionError, OverflowError):
        return refused
    minutes = f"{told.seconds / 60:.1f} min" if told.seconds >= 90 else f"{told.seconds:.0f} s"
    named = (
        ("Parameters", f"{told.parameters:,}"),
        ("Memory", f"{told.memory / 2**20:,.0f} MiB"),
        ("Time, both phases", f"about {minutes}"),
        ("Tokens read", f"{told.tokens / 1e6:.2f} million"),
    )
    shown = Markup('<div class="status tr-cost"><dl class="tr-figures">{}</dl>{}</div>')
    return shown.format(figures(named), refused)


def preview(text: str | bytes | None, jsonl: str | bytes | None) -> Markup:
    """The start of the text, a few instructions, and one of them in the chat template."""
    try:
        read = datasets.read_text(text) if text is not None else village.text(stories=3)
        shown = safe(read[:LONGEST_SHOWN]) + ("…" if len(read) > LONGEST_SHOWN else "")
        length = f"{len(read):,} characters of yours" if text is not None else "9,000 stories (CC0)"
        first = Markup("<h4>Text: {}</h4><blockquote>{}</blockquote>").format(length, shown)
    except PlaygroundError as error:
        first = Markup("<h4>Text</h4>") + _refused(error)
    try:
        given = (
            datasets.read_instructions(jsonl)
            if jsonl is not None
            else sum(village.instructions(), ())
        )
        asked = datasets.once_each(given)
    except PlaygroundError as error:
        return first + Markup("<h4>Instructions</h4>") + _refused(error)
    rows = Markup("").join(
        Markup("<tr><td>{}</td><td>{}</td></tr>").format(safe(one.instruction), safe(one.answer))
        for one in asked[:FEW]
    )
    one = asked[0]
    twice = len(given) - len(asked)
    again = f" ({twice} more ask the same again and are left out)" if twice else ""
    strange = text is not None and jsonl is None
    return PREVIEW.format(
        first=first,
        count=len(asked),
        again=again,
        unknown=UNKNOWN if strange else "",
        rows=rows,
        instruction=safe(one.instruction),
        answer=safe(one.answer),
    )


def _refused(error: PlaygroundError) -> Markup:
    return Markup("<div class='status'>{}</div>").format(status.error(error))


def _opened(which: str) -> list[Any]:
    return [gr.update(visible=which == OWN)] * 2


def _previewed(*values: Any) -> str:
    text, instructions = values[:3], values[3:]
    try:
        return preview(_source("text", *text), _source("JSONL", *instructions))
    except PlaygroundError as error:
        return _refused(error)


def _source(what: str, which: str, pasted: str, file: str | None) -> str | bytes | None:
    """None for the built-in one; the file before what was pasted."""
    if which != OWN:
        return None
    if not file:
        return pasted or ""
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise InputError(f"The file with the {what} cannot be read.", "Upload it again.") from error
