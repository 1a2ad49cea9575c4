"""The third column of lab 1: encoder-decoder models, which turn one sequence into another."""

from typing import Any

import gradio as gr

from components.drawings import figure, heat_map
from components.labs.families.column import Column
from components.labs.families.figures import AHEAD, MAKES, SEES, Shown, Subject, fitted, remarks
from components.labs.families.look import Look
from components.labs.families.translation_drawings import beams, step_figure
from components.output_state import Values
from components.runs import Runs
from components.translations import text
from pipelines import Playground
from pipelines.labs.families import encoder_decoder
from pipelines.labs.families.attention import MAX_TOKENS, Array
from pipelines.labs.families.encoder_decoder import Translated
from pipelines.labs.families.session import LabModel

SAYS = "An encoder reads all of it; a decoder writes anew, looking back at each step."
HUBS = ("google-t5/t5-small", "Helsinki-NLP/opus-mt-en-fr", "facebook/bart-large-cnn")
LANGUAGES = [("French", "fr"), ("German", "de"), ("Romanian", "ro")]


class EncoderDecoder(Column):
    """The column."""

    def __init__(self, playground: Playground, runs: Runs, sentence: gr.Textbox) -> None:
        super().__init__(playground, runs, "encoder-decoder", "Encoder-decoder", SAYS, HUBS)
        self.sentence = sentence
        self.target = gr.Dropdown(
            [(text(name), code) for name, code in LANGUAGES],
            value="fr",
            label=text("Into"),
            info=text("for a model that knows several languages"),
            elem_classes="lab-first",
        )
        self.step = gr.Slider(1, MAX_TOKENS, 1, step=1, label=text("Step"), elem_classes=MAKES)
        following = gr.Button(text("Next step"), size="sm", elem_classes=[MAKES, "lab-next"])
        self.layer, self.head = self.sliders(least=0)
        self.now = gr.HTML(elem_classes=[MAKES, "lab-step"])
        self.alignment = gr.HTML(elem_classes=[SEES, "lab-alignment", "lab-second"])
        self.width = gr.Slider(2, 6, 4, step=1, label=text("Beams kept"), elem_classes=AHEAD)
        self.searched = gr.HTML(elem_classes=[AHEAD, "lab-beams"])
        self.source = gr.HTML(elem_classes=[SEES, "lab-attention"])

        places = {self.layer, self.head}
        given = {self.step, *places}
        drawn = [self.now, self.alignment, self.source]
        self.look = Look(
            self,
            self.read,
            {sentence, self.target, *given},
            [self.subject, self.step, self.layer, self.head, *drawn],
            also=[self.target.input],
        )
        self.look.then(self.beams, {self.width}, [self.searched])
        self.on([self.width.release], self.beams, {self.width}, [self.searched])
        self.on([following.click], self.next_step, given, [self.step, self.now])
        self.on([self.step.input], self.show_step, given, [self.now])
        self.on([self.layer.input, self.head.input], self.attention, given, drawn)

    def read(self, lab: LabModel, values: Values) -> Shown:
        """All figures of a new sentence."""
        subject = Subject(lab.name, values[self.sentence], values[self.target])
        translated = _translated(lab, subject)
        layers, heads = translated.steps[0].cross.shape[:2]
        steps = len(translated.steps)
        number = max(1, min(int(values[self.step]), steps))
        drawn = self.attention(lab, {**values, self.subject: subject, self.step: number})
        return Shown(
            {
                self.subject: subject,
                self.step: gr.update(maximum=max(2, steps), value=number),
                self.layer: fitted(values[self.layer], layers, least=0),
                self.head: fitted(values[self.head], heads, least=0),
                **drawn.figures,
            },
            drawn.notes,
        )

    def attention(self, lab: LabModel, values: Values) -> Shown:
        """The figures of one layer and head."""
        translated = _translated(lab, values[self.subject])
        layer, head = values[self.layer], values[self.head]
        now = self.show_step(lab, values)
        place = _place(int(layer), int(head))
        aligned = heat_map(
            # Each step's cross-attention is a row: which source token it looked at.
            _stacked(translated, layer, head),
            [one.token for one in translated.steps],
            translated.source.tokens,
            text("Alignment, {place}", place=place),
        )
        read = heat_map(
            _picked(translated.encoder.weights, layer, head),
            translated.source.tokens,
            translated.source.tokens,
            text("Attention in the encoder, {place}", place=place),
        )
        rows = text("Rows are what was written, columns what was read ({place}).", place=place)
        told = text("The source looks at itself, to both sides ({place}).", place=place)
        title = text("How the encoder read it")
        return Shown(
            {
                **now.figures,
                self.alignment: figure(text("Alignment"), rows, aligned, "alignment"),
                self.source: figure(title, told, read, "encoder-attention"),
            },
            now.notes,
        )

    def show_step(self, lab: LabModel, values: Values) -> Shown:
        """What one step of writing looked back at."""
        translated = _translated(lab, values[self.subject])
        number = max(1, min(int(values[self.step]), len(translated.steps)))
        cross = _picked(translated.steps[number - 1].cross, values[self.layer], values[self.head])
        return Shown({self.now: step_figure(translated, number, cross)}, _notes(lab, translated))

    def next_step(self, lab: LabModel, values: Values) -> Shown:
        """The step after the one that is shown."""
        steps = len(_translated(lab, values[self.subject]).steps)
        number = min(int(values[self.step]) + 1, steps)
        shown = self.show_step(lab, {**values, self.step: number})
        return Shown({self.step: number, **shown.figures}, shown.notes)

    def beams(self, lab: LabModel, values: Values) -> Shown:
        """The texts that beam search kept."""
        subject, width = values[self.subject], int(values[self.width])
        translated = _translated(lab, subject)
        prompt, options = _prompt(lab, subject)
        found = lab.remember(
            ("beams", prompt, subject.target, width),
            lambda: encoder_decoder.beam_search(
                lab.model, lab.tokenizer, prompt, width, MAX_TOKENS, **options
            ),
        )
        return Shown({self.searched: beams(found, translated.text)}, _notes(lab, translated))


def _translated(lab: LabModel, subject: Subject) -> Translated:
    prompt, options = _prompt(lab, subject)
    return lab.remember(
        ("greedy", prompt, subject.target),
        lambda: encoder_decoder.translate(lab.model, lab.tokenizer, prompt, MAX_TOKENS, **options),
    )


def _prompt(lab: LabModel, subject: Subject) -> tuple[str, dict[str, Any]]:
    return encoder_decoder.prompt(lab.model, lab.tokenizer, subject.sentence, subject.target)


def _notes(lab: LabModel, translated: Translated) -> tuple[str, ...]:
    """What is said beside every figure."""
    notes = remarks(lab, translated.source)
    if len(translated.steps) >= MAX_TOKENS:
        notes += (text("Writing was ended after {count} tokens.", count=MAX_TOKENS),)
    return notes


def _picked(weights: Array, layer: float, head: float) -> Array:
    """Of [layers, heads, …] one layer and head; 0 is the mean."""
    n, k = (
        min(int(value), most) for value, most in zip((layer, head), weights.shape, strict=False)
    )
    chosen = weights[n - 1] if n else weights.mean(0)
    picked: Array = chosen[k - 1] if k else chosen.mean(0)
    return picked


def _stacked(translated: Translated, layer: float, head: float) -> Array:
    import numpy as np

    return np.stack([_picked(one.cross, layer, head) for one in translated.steps])


def _place(layer: int, head: int) -> str:
    """Which weights a figure shows; 0 is the mean of all."""
    layers = text("layer {layer}", layer=layer) if layer else text("mean of all layers")
    heads = text("head {head}", head=head) if head else text("mean of all heads")
    return f"{layers}, {heads}"
