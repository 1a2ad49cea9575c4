"""The third column of lab 1: encoder-decoder models, which turn one sequence into another."""

import gradio as gr

from components.labs.drawings import figure, heat_map
from components.labs.families.column import Column
from components.labs.families.figures import Shown, Subject, fitted, remarks
from components.labs.families.look import Look
from components.labs.families.translation_drawings import beams, step_figure
from components.output_state import Values
from components.runs import Runs
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
            LANGUAGES, value="fr", label="Into", info="for a model that knows several languages"
        )
        self.step = gr.Slider(1, 2, 1, step=1, label="Step")
        following = gr.Button("Next step", size="sm", elem_classes="lab-next")
        self.layer, self.head = self.sliders(least=0)
        self.now = gr.HTML(elem_classes="lab-step")
        self.alignment = gr.HTML(elem_classes="lab-alignment")
        self.width = gr.Slider(2, 6, 4, step=1, label="Beams kept")
        self.searched = gr.HTML(elem_classes="lab-beams")
        self.source = gr.HTML(elem_classes="lab-attention")

        places = {self.layer, self.head}
        given = {self.step, *places}
        drawn = [self.now, self.alignment, self.source]
        self.look = Look(
            self,
            self.read,
            {sentence, self.target, *places},
            [self.subject, self.step, self.layer, self.head, *drawn],
            also=[self.target.input],
        )
        self.look.then(self.beams, {self.width}, [self.searched])
        self.on([self.width.release], self.beams, {self.width}, [self.searched])
        self.on([following.click], self.next_step, given, [self.step, self.now])
        self.on([self.step.input], self.show_step, given, [self.now])
        self.on([self.layer.input, self.head.input], self.attention, given, drawn)

    def read(self, lab: LabModel, values: Values) -> Shown:
        """Everything of a new sentence."""
        subject = Subject(lab.name, values[self.sentence], values[self.target])
        translated = _translated(lab, subject)
        layers, heads = translated.steps[0].cross.shape[:2]
        drawn = self.attention(lab, {**values, self.subject: subject, self.step: 1})
        return Shown(
            {
                self.subject: subject,
                self.step: gr.update(maximum=max(2, len(translated.steps)), value=1),
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
        place = f"{_named('layer', layer)}, {_named('head', head)}"
        aligned = heat_map(
            # Each step's cross-attention is a row: which source token it looked at.
            _stacked(translated, layer, head),
            [one.token for one in translated.steps],
            translated.source.tokens,
            f"Alignment, {place}",
        )
        read = heat_map(
            _picked(translated.encoder.weights, layer, head),
            translated.source.tokens,
            translated.source.tokens,
            f"Attention in the encoder, {place}",
        )
        rows = f"Rows are what was written, columns what was read ({place})."
        told = f"The source looks at itself, to both sides ({place})."
        return Shown(
            {
                **now.figures,
                self.alignment: figure("Alignment", rows, aligned, "alignment"),
                self.source: figure("How the encoder read it", told, read, "encoder-attention"),
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
        sentence, target = subject.sentence, subject.target
        asked = encoder_decoder.asked(lab.model, lab.tokenizer, sentence, target)
        told = encoder_decoder.told(lab.model, lab.tokenizer, target)
        found = lab.remember(
            ("beams", asked, target, width),
            lambda: encoder_decoder.beam_search(
                lab.model, lab.tokenizer, asked, width, MAX_TOKENS, **told
            ),
        )
        return Shown({self.searched: beams(found, translated.text)}, _notes(lab, translated))


def _translated(lab: LabModel, subject: Subject) -> Translated:
    sentence, target = subject.sentence, subject.target
    asked = encoder_decoder.asked(lab.model, lab.tokenizer, sentence, target)
    told = encoder_decoder.told(lab.model, lab.tokenizer, target)
    return lab.remember(
        ("greedy", asked, target),
        lambda: encoder_decoder.translate(lab.model, lab.tokenizer, asked, MAX_TOKENS, **told),
    )


def _notes(lab: LabModel, translated: Translated) -> tuple[str, ...]:
    """What is said beside every figure."""
    notes = remarks(lab, translated.source)
    if len(translated.steps) >= MAX_TOKENS:
        notes += (f"Writing was ended after {MAX_TOKENS} tokens.",)
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


def _named(kind: str, value: float) -> str:
    return f"{kind} {int(value)}" if value else f"mean of all {kind}s"
