"""The first column of lab 1: encoder-only models, which see both sides of a word."""

import gradio as gr
from markupsafe import Markup

from components import status
from components.drawings import TOKEN, TOKENS, bar, figure, heat_map, safe, visible
from components.labs.families.attention_drawings import attention
from components.labs.families.column import Column
from components.labs.families.figures import AHEAD, MAKES, SEES, Shown, Subject, at, fitted, remarks
from components.labs.families.heads import head_result
from components.labs.families.look import Look
from components.output_state import Values
from components.runs import Runs
from components.sentences import known
from components.translations import text
from pipelines import Playground
from pipelines.errors import InputError
from pipelines.labs.families import encoder
from pipelines.labs.families.encoder import Encoded
from pipelines.labs.families.session import LabModel

SAYS = "Sees the whole sentence at once; made to understand it."
HUBS = (
    "distilbert/distilbert-base-uncased",
    "answerdotai/ModernBERT-base",
    "dslim/bert-base-NER",
    "distilbert/distilbert-base-cased-distilled-squad",
)
OTHERS = """A big cat is resting in the shade.
The stock market fell sharply on Monday.
A dog runs along the beach.
Trees lose their leaves in autumn.
She cooks soup for her friends.
How do I reset my password?"""
MOST = 20  # sentences to compare with


class Encoder(Column):
    """The column."""

    def __init__(self, playground: Playground, runs: Runs, sentence: gr.Textbox) -> None:
        super().__init__(playground, runs, "encoder", "Encoder-only", SAYS, HUBS)
        self.sentence = sentence
        self.tokens = gr.HTML(elem_classes=[SEES, "lab-first"])
        self.layer, self.head = self.sliders()
        self.heads = gr.HTML(elem_classes=[SEES, "lab-attention"])
        self.drift = gr.HTML(elem_classes=[SEES, "lab-second"])
        self.near = gr.HTML(elem_classes=[MAKES, "lab-nearest"])
        with gr.Accordion(text("Compare with other sentences"), open=False, elem_classes=MAKES):
            self.others = gr.Textbox(
                OTHERS, label=text("One sentence a line"), lines=6, max_lines=12
            )
        with gr.Column(elem_classes=MAKES):
            self.asked = gr.Textbox(
                "",
                label=text("A text with a mask, or a question about the sentence"),
                info=text(
                    "A gap is [MASK] or `___`. Left empty, the last word is masked. Enter asks."
                ),
            )
            self.answer = gr.HTML(elem_classes="lab-head")
        none = text("An encoder writes no text: for it there are no ways ahead.")
        gr.HTML(status.info(none), elem_classes=AHEAD)
        places = {self.layer, self.head}
        self.look = Look(
            self,
            self.read,
            {sentence, *places, self.others, self.asked},
            [
                self.subject,
                self.tokens,
                *(self.layer, self.head),
                self.heads,
                self.drift,
                self.near,
                self.answer,
            ],
        )
        moved = [self.layer.change, self.head.change]
        self.on(moved, self.attention, places, [self.heads])
        self.on([self.others.blur], self.nearest, {self.others}, [self.near])
        self.on([self.asked.submit], self.ask, {self.asked}, [self.answer])

    def read(self, lab: LabModel, values: Values) -> Shown:
        """All figures of a new sentence."""
        subject = Subject(lab.name, values[self.sentence])
        values = {**values, self.subject: subject}
        seen = _encoded(lab, subject)
        chips = Markup("").join(
            TOKEN.format("special" if special else "", visible(token))
            for token, special in zip(seen.reading.tokens, seen.reading.special, strict=True)
        )
        told = text(
            "The pieces the model reads. It adds the grey ones itself; {mark} goes on with a word.",
            mark="##",
        )
        layers, heads = seen.attention.weights.shape[:2]
        return Shown(
            {
                self.subject: subject,
                self.tokens: figure(text("Tokens"), told, TOKENS.format(chips), "tokens"),
                self.layer: fitted(values[self.layer], layers),
                self.head: fitted(values[self.head], heads),
                self.drift: _drift(seen),
                **self.attention(lab, values).figures,
                **self.nearest(lab, values).figures,
                **self.ask(lab, values).figures,
            },
            _notes(lab, seen),
        )

    def attention(self, lab: LabModel, values: Values) -> Shown:
        """The attention of one head."""
        seen = _encoded(lab, values[self.subject])
        weights = seen.attention.weights
        n, k = at(values[self.layer], weights.shape[0]), at(values[self.head], weights.shape[1])
        drawn = attention(weights[n, k], seen.reading.tokens, n + 1, k + 1, causal=False)
        return Shown({self.heads: drawn}, _notes(lab, seen))

    def nearest(self, lab: LabModel, values: Values) -> Shown:
        """The sentences to compare with, by how alike they are."""
        subject, others = values[self.subject], values[self.others] or ""
        notes = _notes(lab, _encoded(lab, subject))
        lines = [line.strip() for line in others.splitlines() if line.strip()][:MOST]
        if not lines:
            none = text("No sentences to compare with: write one a line below.")
            return Shown({self.near: Markup("<p>{}</p>").format(none)}, notes)
        ranked = lab.remember(
            ("near", subject, *lines),
            lambda: encoder.nearest(lab.model, lab.tokenizer, subject.sentence, lines),
        )
        rows = Markup("").join(
            bar(safe(line[:120]), score, f"{score:.2f}") for line, score in ranked
        )
        told = text(
            "The whole sentence as one vector of {size} numbers; nearest by cosine first.",
            size=lab.model.config.hidden_size,
        )
        return Shown({self.near: figure(text("Nearest sentences"), told, rows, "nearest")}, notes)

    def ask(self, lab: LabModel, values: Values) -> Shown:
        """What the model's head says to a text with a mask, or a question."""
        subject, asked = values[self.subject], (values[self.asked] or "").strip()
        notes = _notes(lab, _encoded(lab, subject))
        try:
            return Shown({self.answer: head_result(lab, subject.sentence, asked)}, notes)
        except InputError as error:
            line = Markup('<p class="error"><b>{}</b> {}</p>')
            told = line.format(safe(known(error.sentence)), safe(known(error.hint)))
            return Shown({self.answer: told}, notes)


def _encoded(lab: LabModel, subject: Subject) -> Encoded:
    return lab.remember(
        subject.sentence, lambda: encoder.encode(lab.model, lab.tokenizer, subject.sentence)
    )


def _notes(lab: LabModel, seen: Encoded) -> tuple[str, ...]:
    """What is said beside every figure: what is drawn is cut sooner than what is compared."""
    notes = remarks(lab, seen.reading)
    count, most = len(seen.reading.ids) + seen.reading.cut, encoder.limit(lab.model)
    if count > most:
        notes += (
            text(
                "Its vector and its head are of the first {most} of {count} tokens.",
                most=most,
                count=count,
            ),
        )
    return notes


def _drift(seen: Encoded) -> Markup:
    layers = [str(n) for n in range(len(seen.similarity))]
    picture = heat_map(
        seen.similarity.T,
        seen.reading.tokens,
        layers,
        text("Similarity of each token to its first"),
    )
    told = text(
        "Each column is a layer: how much of its first vector a token still has (cosine). "
        "It fades as the vector takes up the words around it."
    )
    return figure(text("How the vectors change"), told, picture, "vectors-by-layer")
