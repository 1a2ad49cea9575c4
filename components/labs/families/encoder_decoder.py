"""The third column of lab 1: encoder-decoder models, which turn one sequence into another."""

import gradio as gr

from components.labs.drawings import figure, heat_map
from components.labs.families.column import Column
from components.labs.families.figures import Shown, Subject, fitted, remarks
from components.labs.families.look import Look
from components.labs.families.translation_drawings import beams, step_figure
from pipelines import Playground
from pipelines.labs.families import encoder_decoder
from pipelines.labs.families.attention import MAX_TOKENS, Array
from pipelines.labs.families.encoder_decoder import Translated
from pipelines.labs.families.session import LabModel

SAYS = "An encoder reads all of it; a decoder writes anew, looking back at each step."
HUBS = ("google-t5/t5-small", "Helsinki-NLP/opus-mt-en-fr", "facebook/bart-large-cnn")
LANGUAGES = [("French", "fr"), ("German", "de"), ("Romanian", "ro")]


def build(playground: Playground, sentence: gr.Textbox) -> Look:
    """The column."""
    column = Column(playground, "encoder-decoder", "Encoder-decoder", SAYS, HUBS)
    subject = gr.State(None)
    target = gr.Dropdown(
        LANGUAGES, value="fr", label="Into", info="for a model that knows several languages"
    )
    step = gr.Slider(1, 2, 1, step=1, label="Step")
    following = gr.Button("Next step", size="sm", elem_classes="lab-next")
    layer, head = column.sliders(least=0)
    now = gr.HTML(elem_classes="lab-step")
    alignment = gr.HTML(elem_classes="lab-alignment")
    width = gr.Slider(2, 6, 4, step=1, label="Beams kept")
    searched = gr.HTML(elem_classes="lab-beams")
    source = gr.HTML(elem_classes="lab-attention")

    given = [subject, step, layer, head]
    look = Look(
        column,
        _look,
        [sentence, target, layer, head],
        [subject, step, layer, head, now, alignment, source],
        also=[target.input],
    )
    again = [subject, width]
    look.then(_beams, again, [searched])
    column.on([width.release], _beams, again, [searched])
    column.on([following.click], _next, given, [step, now])
    column.on([step.input], _step, given, [now])
    column.on([layer.input, head.input], _attention, given, [now, alignment, source])
    return look


def _translated(lab: LabModel, subject: Subject) -> Translated:
    sentence, target = subject.sentence, subject.target
    asked = encoder_decoder.asked(lab.model, lab.tokenizer, sentence, target)
    told = encoder_decoder.told(lab.model, lab.tokenizer, target)
    return lab.remember(
        ("greedy", asked, target),
        lambda: encoder_decoder.translate(lab.model, lab.tokenizer, asked, MAX_TOKENS, **told),
    )


def _look(lab: LabModel, sentence: str, target: str, layer: float, head: float) -> Shown:
    subject = Subject(lab.name, sentence, target)
    made = _translated(lab, subject)
    shape = made.steps[0].cross.shape
    drawn = _attention(lab, subject, 1, layer, head)
    step = gr.update(maximum=max(2, len(made.steps)), value=1)
    sliders = fitted(layer, head, shape, least=0)
    return Shown([subject, step, *sliders, *drawn.outputs], drawn.notes)


def _attention(lab: LabModel, subject: Subject, step: float, layer: float, head: float) -> Shown:
    made = _translated(lab, subject)
    now = _step(lab, subject, step, layer, head)
    place = f"{_named('layer', layer)}, {_named('head', head)}"
    aligned = heat_map(
        # Each step's cross-attention is a row: which source token it looked at.
        _stacked(made, layer, head),
        [one.token for one in made.steps],
        made.source.tokens,
        f"Alignment, {place}",
    )
    read = heat_map(
        _picked(made.encoder.weights, layer, head),
        made.source.tokens,
        made.source.tokens,
        f"Attention in the encoder, {place}",
    )
    return Shown(
        [
            *now.outputs,
            figure(
                "Alignment",
                f"Rows are what was written, columns what was read ({place}).",
                aligned,
                "alignment",
            ),
            figure(
                "How the encoder read it",
                f"The source looks at itself, to both sides ({place}).",
                read,
                "encoder-attention",
            ),
        ],
        now.notes,
    )


def _step(lab: LabModel, subject: Subject, step: float, layer: float, head: float) -> Shown:
    made = _translated(lab, subject)
    number = max(1, min(int(step), len(made.steps)))
    cross = _picked(made.steps[number - 1].cross, layer, head)
    return Shown([step_figure(made, number, cross)], _notes(lab, made))


def _notes(lab: LabModel, made: Translated) -> tuple[str, ...]:
    """What is said beside every figure."""
    notes = remarks(lab, made.source)
    if len(made.steps) >= MAX_TOKENS:
        notes += (f"Writing was ended after {MAX_TOKENS} tokens.",)
    return notes


def _next(lab: LabModel, subject: Subject, step: float, layer: float, head: float) -> Shown:
    steps = len(_translated(lab, subject).steps)
    number = min(int(step) + 1, steps)
    shown = _step(lab, subject, number, layer, head)
    return Shown([number, *shown.outputs], shown.notes)


def _beams(lab: LabModel, subject: Subject, width: float) -> Shown:
    made = _translated(lab, subject)
    sentence, target = subject.sentence, subject.target
    asked = encoder_decoder.asked(lab.model, lab.tokenizer, sentence, target)
    told = encoder_decoder.told(lab.model, lab.tokenizer, target)
    found = lab.remember(
        ("beams", asked, target, int(width)),
        lambda: encoder_decoder.beam_search(
            lab.model, lab.tokenizer, asked, int(width), MAX_TOKENS, **told
        ),
    )
    return Shown([beams(found, made.text)], _notes(lab, made))


def _picked(weights: Array, layer: float, head: float) -> Array:
    """Of [layers, heads, …] one layer and head; 0 is the mean."""
    n, k = (
        min(int(value), most) for value, most in zip((layer, head), weights.shape, strict=False)
    )
    chosen = weights[n - 1] if n else weights.mean(0)
    picked: Array = chosen[k - 1] if k else chosen.mean(0)
    return picked


def _stacked(made: Translated, layer: float, head: float) -> Array:
    import numpy as np

    return np.stack([_picked(one.cross, layer, head) for one in made.steps])


def _named(kind: str, value: float) -> str:
    return f"{kind} {int(value)}" if value else f"mean of all {kind}s"
