"""The settings of a run of lab 2: the model's sizes, the text, the instructions.

It shows what the sizes will cost while the sliders move, and previews what the model will read.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components import Component
from markupsafe import Markup

from components import status
from components.drawings import safe
from components.event_options import QUIET
from components.labs.training.watch import figures
from components.translations import text
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

# Field of the recipe, label, the slider's step, explanation.
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
PREVIEW = Markup(
    "{first}<h4>{instructions}</h4>{unknown}"
    "<table><tr><th>{head}</th><th>{other_head}</th></tr>{rows}</table>"
    "<h4>{template}</h4><p class='tr-template'><i>user</i>: {instruction}"
    "<i>assistant</i>:<mark> {answer}<i>end</i></mark></p><p><small>{boxed}</small></p>"
)


def heading(english: str) -> Markup:
    """The heading of a part of the lab."""
    return Markup("<h3>{}</h3>").format(text(english))


class Setup:
    """The components, and how their values are read."""

    def __init__(self, public: bool) -> None:
        self.public = public
        preset = next(iter(PRESETS))
        with gr.Column(elem_classes="tr-size"):
            gr.HTML(heading("1. Size your model"))
            self.preset = gr.Radio(
                [(text(title), name) for name, title in TITLES.items()],
                value=preset,
                label=text("A preset that works"),
                info=text(
                    "Two minutes learns to answer, a short taste to tell stories; or move the "
                    "sliders"
                ),
            )
            with gr.Row():
                self.sizes = [
                    gr.Slider(
                        *LIMITS[field],
                        getattr(PRESETS[preset], field),
                        step=step,
                        label=text(label),
                        info=text(says),
                        min_width=200,
                        buttons=[],
                    )
                    for field, label, step, says in SIZES
                ]
            self.cost = gr.HTML(cost(PRESETS[preset], public))
        with gr.Column(elem_classes="tr-read"):
            gr.HTML(heading("2. Choose what it reads"))
            self.text = _Source("Text for phase 1", "text", [".txt", ".md", "text"], OUR_TEXT)
            self.instructions = _Source(
                "Instructions for phase 2", "JSONL", [".jsonl", ".json"], OUR_INSTRUCTIONS
            )
            with gr.Accordion(text("What the model reads"), open=False):
                self.preview = gr.HTML(preview(None, None))
        self._wire()

    @property
    def given(self) -> list[Component]:
        """What `read` takes, in order."""
        return [*self.sizes, *self.text.given, *self.instructions.given]

    def read(self, values: Sequence[Any]) -> tuple[Recipe, str | bytes | None, str | bytes | None]:
        """The recipe, and text and instructions unless the built-in ones are chosen."""
        count = len(self.sizes)
        own, instructions = values[count : count + 3], values[count + 3 :]
        return (recipe(values[:count]), _source("text", *own), _source("JSONL", *instructions))

    def _wire(self) -> None:
        gr.on(
            [slider.input for slider in self.sizes],
            lambda *values: cost_of(values, self.public),
            self.sizes,
            self.cost,
            trigger_mode="always_last",
            queue=False,
            **QUIET,
        )
        self.preset.input(self._preset, self.preset, [*self.sizes, self.cost], queue=False, **QUIET)
        for source in (self.text, self.instructions):
            source.which.input(_opened, source.which, [source.pasted, source.file], **QUIET)
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
            **QUIET,
        )

    def _preset(self, name: str) -> list[Any]:
        chosen = PRESETS[name]
        return [*(getattr(chosen, field) for field, *_ in SIZES), cost(chosen, self.public)]


class _Source:
    """The components of one choice: the built-in dataset, or one's own, pasted or as a file."""

    def __init__(self, label: str, what: str, kinds: list[str], ours: str) -> None:
        self.which = gr.Radio(
            [(text(one), one) for one in (OURS, OWN)],
            value=OURS,
            label=text(label),
            info=text(ours),
        )
        self.pasted = gr.Textbox(
            label=text(f"Your {what}"),
            info=text("pasted here, or as a file below; the file counts when there is one"),
            lines=5,
            max_lines=12,
            visible=False,
        )
        self.file = gr.File(
            label=text(f"A file with your {what}"), file_types=kinds, height=110, visible=False
        )

    @property
    def given(self) -> list[Component]:
        """The three components, in the order of `_source`."""
        return [self.which, self.pasted, self.file]


def recipe(values: Sequence[Any]) -> Recipe:
    """The recipe set by the sliders."""
    try:
        fields = {name: int(v) for (name, *_), v in zip(SIZES, values, strict=True)}
    except (TypeError, ValueError):
        missing = text("A size is missing.")
        raise InputError(missing, text("Give every slider a number.")) from None
    return replace(Recipe(), **fields)


def cost_of(values: Sequence[Any], public: bool) -> Markup:
    """The cost of the recipe set by the sliders; a sentence when one of them is empty."""
    try:
        return cost(recipe(values), public)
    except PlaygroundError as error:
        return Markup('<div class="status tr-cost">{}</div>').format(status.error(error))


def cost(recipe: Recipe, public: bool) -> Markup:
    """Parameters, memory and time of a run, and the refusal if it is too much."""
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
        (text("Parameters"), f"{told.parameters:,}"),
        (text("Memory"), f"{told.memory / 2**20:,.0f} MiB"),
        (text("Time, both phases"), text("about {time}", time=minutes)),
        (text("Tokens read"), text("{count} million", count=f"{told.tokens / 1e6:.2f}")),
    )
    shown = Markup('<div class="status tr-cost"><dl class="tr-figures">{}</dl>{}</div>')
    return shown.format(figures(named), refused)


def preview(own: str | bytes | None, jsonl: str | bytes | None) -> Markup:
    """The start of the text, a few instructions, and one of them in the chat template."""
    try:
        read = datasets.read_text(own) if own is not None else village.text(stories=3)
        shown = safe(read[:LONGEST_SHOWN]) + ("…" if len(read) > LONGEST_SHOWN else "")
        yours = text("Text: {count} characters of yours", count=f"{len(read):,}")
        title = yours if own is not None else text("Text: 9,000 stories (CC0)")
        first = Markup("<h4>{}</h4><blockquote>{}</blockquote>").format(title, shown)
    except PlaygroundError as error:
        first = Markup("<h4>{}</h4>").format(text("Text")) + _refused(error)
    try:
        given = (
            datasets.read_instructions(jsonl)
            if jsonl is not None
            else sum(village.instructions(), ())
        )
        asked = datasets.once_each(given)
    except PlaygroundError as error:
        return first + Markup("<h4>{}</h4>").format(text("Instructions")) + _refused(error)
    rows = Markup("").join(
        Markup("<tr><td>{}</td><td>{}</td></tr>").format(safe(one.instruction), safe(one.answer))
        for one in asked[:FEW]
    )
    one = asked[0]
    twice = len(given) - len(asked)
    again = text("{count} more ask the same again and are left out", count=twice)
    return PREVIEW.format(
        first=first,
        instructions=text(
            "Instructions: {count}{again}, every fifth of them or so held out",
            count=len(asked),
            again=f" ({again})" if twice else "",
        ),
        unknown=_unknown() if own is not None and jsonl is None else "",
        head=text("Instruction"),
        other_head=text("Answer"),
        rows=rows,
        template=text("The first in the chat template"),
        boxed=text(
            "The boxed words are special tokens that no text contains; only what is marked counts "
            "in the loss."
        ),
        instruction=safe(one.instruction),
        answer=safe(one.answer),
    )


def _unknown() -> Markup:
    return Markup("<p><b>{}</b> {}</p>").format(
        text("These ask about the built-in village, of which your text tells nothing:"),
        text("the model will learn how to answer, but cannot know the answers held out."),
    )


def _refused(error: PlaygroundError) -> Markup:
    return Markup("<div class='status'>{}</div>").format(status.error(error))


def _opened(which: str) -> list[Any]:
    return [gr.update(visible=which == OWN)] * 2


def _previewed(*values: Any) -> str:
    own, instructions = values[:3], values[3:]
    try:
        return preview(_source("text", *own), _source("JSONL", *instructions))
    except PlaygroundError as error:
        return _refused(error)


def _source(what: str, which: str, pasted: str, file: str | None) -> str | bytes | None:
    """The chosen content: None for the built-in one; a file counts before pasted text."""
    if which != OWN:
        return None
    if not file:
        return pasted or ""
    try:
        return Path(file).read_bytes()
    except OSError as error:
        unread = text(f"The file with your {what} cannot be read.")
        raise InputError(unread, text("Upload it again.")) from error
