"""The second column of lab 1: decoder-only models, which see what stands before and go on."""

import zlib
from dataclasses import dataclass, replace

import gradio as gr
import numpy as np
from markupsafe import Markup

from components.drawings import TOKEN, TOKENS, figure, visible
from components.labs.families.attention_drawings import attention
from components.labs.families.column import Column
from components.labs.families.figures import AHEAD, MAKES, SEES, TAKE, Shown, at, fitted, remarks
from components.labs.families.look import Look
from components.labs.families.next_token_drawings import candidate_bars, surprises, tree
from components.output_state import Values
from components.runs import Runs
from components.translations import text
from pipelines import Playground
from pipelines.errors import InputError
from pipelines.labs.families import continuations, decoder
from pipelines.labs.families.attention import MAX_TOKENS, reading, token_texts
from pipelines.labs.families.decoder import DecoderState
from pipelines.labs.families.session import LabModel

SAYS = "Sees only what stands before; made to go on with it."
HUBS = ("openai-community/gpt2", "HuggingFaceTB/SmolLM2-135M", "google/gemma-3-270m")


@dataclass(frozen=True)
class Text:
    """The tokens so far: the `given` first ones are the prompt, the others were taken since.

    Their ids mean something to the model named only. `cut` tokens of the prompt were left out.
    """

    model: str
    given: int
    ids: tuple[int, ...]
    cut: int = 0

    @property
    def digest(self) -> int:
        """A checksum by which the page tells this text from others."""
        return zlib.crc32(repr(self).encode())

    def and_then(self, *taken: int) -> "Text":
        """The text with one more token."""
        return replace(self, ids=(*self.ids, *taken))


class Decoder(Column):
    """The column; its `subject` is a Text."""

    def __init__(self, playground: Playground, runs: Runs, sentence: gr.Textbox) -> None:
        super().__init__(playground, runs, "decoder", "Decoder-only", SAYS, HUBS)
        self.sentence = sentence
        self.so_far = gr.HTML(elem_classes=["lab-so-far", "lab-first"])
        self.layer, self.head = self.sliders()
        self.heads = gr.HTML(elem_classes=[SEES, "lab-attention"])
        self.bars = gr.HTML(js_on_load=TAKE, elem_classes=[MAKES, "lab-candidates"])
        with gr.Row(elem_classes=MAKES):
            self.temperature = gr.Slider(
                0.1, 2, 1, step=0.1, label=text("Temperature"), min_width=160
            )
            self.top_k = gr.Slider(0, 50, 0, step=1, label=text("Top-k (0: all)"), min_width=160)
            self.top_p = gr.Slider(0.05, 1, 1, step=0.05, label="Top-p", min_width=160)
        with gr.Row(elem_classes=MAKES):
            sample = gr.Button(text("Sample"), size="sm", min_width=100)
            undo = gr.Button(text("Undo"), size="sm", min_width=100)
        self.branches = gr.HTML(js_on_load=TAKE, elem_classes=[AHEAD, "lab-tree"])
        self.surprise = gr.HTML(elem_classes=[SEES, "lab-surprise", "lab-second"])

        places = {self.layer, self.head}
        settings = {self.temperature, self.top_k, self.top_p}
        drawn = [self.subject, self.so_far, self.heads, self.bars]
        more = [self.branches, self.surprise]
        self.look = Look(
            self, self.read, {sentence, *places, *settings}, [self.layer, self.head, *drawn]
        )
        self.look.then(self.further, set(), more)
        given = places | settings
        picked = [self.bars.click, self.branches.click]
        for event in (
            self.on_pick(picked, self.take, given, drawn),
            self.on([sample.click], self.sample, given, drawn),
            self.on([undo.click], self.undo, given, drawn),
        ):
            self.on([], self.further, set(), more, clear=more, after=event)
        moved = [self.layer.change, self.head.change]
        self.on(moved, self.attention, places, [self.heads])
        turned = [self.temperature.change, self.top_k.change, self.top_p.change]
        self.on(turned, self.candidates, settings, [self.bars])

    def read(self, lab: LabModel, values: Values) -> Shown:
        """All figures of a new sentence, which is tokenized first."""
        reading = decoder.read_prompt(lab.model, lab.tokenizer, values[self.sentence])
        subject = Text(lab.name, len(reading.ids), reading.ids, reading.cut)
        drawn = self._drawn(lab, values, subject)
        layers, heads = _state(lab, subject).attention.weights.shape[:2]
        sliders: Values = {
            self.layer: fitted(values[self.layer], layers),
            self.head: fitted(values[self.head], heads),
        }
        return Shown(sliders | drawn.figures, drawn.notes)

    def _drawn(self, lab: LabModel, values: Values, subject: Text) -> Shown:
        """All figures of this text."""
        values = {**values, self.subject: subject}
        parts = Markup("").join(
            TOKEN.format("special" if n < subject.given else "taken", visible(token))
            for n, token in enumerate(token_texts(lab.tokenizer, subject.ids))
        )
        told = text("Grey is yours; what was taken since is in colour.")
        tokens = TOKENS.format(parts)
        return Shown(
            {
                self.subject: subject,
                self.so_far: figure(text("The text so far"), told, tokens, "text"),
                **self.attention(lab, values).figures,
                **self.candidates(lab, values).figures,
            },
            _notes(lab, subject),
        )

    def attention(self, lab: LabModel, values: Values) -> Shown:
        """The attention of one head."""
        subject = values[self.subject]
        looked = _state(lab, subject)
        weights = looked.attention.weights
        n, k = at(values[self.layer], weights.shape[0]), at(values[self.head], weights.shape[1])
        drawn = attention(weights[n, k], looked.reading.tokens, n + 1, k + 1, causal=True)
        return Shown({self.heads: drawn}, _notes(lab, subject))

    def candidates(self, lab: LabModel, values: Values) -> Shown:
        """The likeliest next tokens as bars."""
        subject = values[self.subject]
        best = decoder.candidates(
            lab.tokenizer, _state(lab, subject).logits, *self._sampling(values), continuations.BARS
        )
        return Shown({self.bars: _of(subject, candidate_bars(best))}, _notes(lab, subject))

    def _sampling(self, values: Values) -> tuple[float, int, float]:
        return values[self.temperature], int(values[self.top_k]), values[self.top_p]

    def take(self, lab: LabModel, values: Values, event: dict[str, str]) -> Shown:
        """Append the token that was clicked, or all of a branch."""
        subject = _clicked_at(event, values[self.subject])
        known = len(lab.tokenizer)
        try:
            taken = [int(one) for one in str(event["take"]).split(",")][:8]
        except (KeyError, TypeError, ValueError):
            taken = []
        if not taken or not all(0 <= one < known for one in taken):
            raise InputError(
                text("That is no token of this model."), text("Press Look inside again.")
            )
        return self._drawn(lab, values, subject.and_then(*taken))

    def sample(self, lab: LabModel, values: Values) -> Shown:
        """Append a token sampled from the bars, as generate does."""
        subject = values[self.subject]
        probabilities = decoder.distribution(_state(lab, subject).logits, *self._sampling(values))
        chances = probabilities.astype(np.float64)
        token = int(np.random.default_rng().choice(len(chances), p=chances / chances.sum()))
        return self._drawn(lab, values, subject.and_then(token))

    def undo(self, lab: LabModel, values: Values) -> Shown:
        """Remove the last token."""
        subject = values[self.subject]
        if len(subject.ids) <= subject.given:
            raise InputError(text("Nothing was taken yet."), text("Click a bar to take its token."))
        return self._drawn(lab, values, replace(subject, ids=subject.ids[:-1]))

    def further(self, lab: LabModel, values: Values) -> Shown:
        """What is not needed for this click: the tree, the surprises, and what the next one
        needs."""
        subject = values[self.subject]
        looked = _state(lab, subject)
        ids = looked.reading.ids
        prefetched = lab.remember(
            ("prefetched", ids), lambda: continuations.prefetch(lab.model, looked)
        )
        grown = lab.remember(
            ("tree", ids),
            lambda: continuations.tree(lab.model, lab.tokenizer, looked, first=prefetched),
        )
        branches = _of(subject, tree(grown))
        if len(ids) < 2:
            told = text("One token has nothing before it that it could surprise after.")
            none = Markup("<p>{}</p>").format(told)
            return Shown({self.branches: branches, self.surprise: none})
        found, perplexity = decoder.surprisal(looked)
        drawn = surprises(found, perplexity)
        return Shown({self.branches: branches, self.surprise: drawn}, _notes(lab, subject))


def _state(lab: LabModel, subject: Text) -> DecoderState:
    ids = decoder.window(lab.tokenizer, subject.ids)
    return lab.remember(ids, lambda: _read(lab, ids))


def _read(lab: LabModel, ids: tuple[int, ...]) -> DecoderState:
    """The state after the ids, computed from that of their beginning where it is known."""
    before, prefetched = lab.remembered(ids[:-1]), lab.remembered(("prefetched", ids[:-1]))
    if before and prefetched and prefetched.attentions is not None and ids[-1] in prefetched.ids:
        return continuations.taken(lab.tokenizer, before, prefetched, ids[-1])
    begun = (lab.remembered(ids[:-taken]) for taken in range(1, decoder.DEPTH + 1))
    return decoder.look(lab.model, lab.tokenizer, ids, next(filter(None, begun), None))


def _notes(lab: LabModel, subject: Text) -> tuple[str, ...]:
    """What is said beside every figure of this text."""
    prompt = reading(lab.tokenizer, subject.ids[: subject.given], subject.cut)
    notes = remarks(lab, prompt, "start")
    if len(subject.ids) > MAX_TOKENS:
        read = len(decoder.window(lab.tokenizer, subject.ids))
        notes += (
            text(
                "The model reads the last {read} of {count} tokens.",
                read=read,
                count=len(subject.ids),
            ),
        )
    return notes


def _of(subject: Text, drawn: Markup) -> Markup:
    """What can be clicked, with the text that it goes on from."""
    return Markup('<div data-at="{}-{}">{}</div>').format(len(subject.ids), subject.digest, drawn)


def _clicked_at(event: dict[str, str], subject: Text) -> Text:
    """The text that was gone on from: a double click, or one on a tree that is a moment behind the
    bars, must not take its tokens after others than those they were shown after."""
    length, _, digest = str(event.get("at")).partition("-")
    begun = replace(subject, ids=subject.ids[: int(length)] if length.isdecimal() else ())
    if str(begun.digest) != digest:
        raise InputError(text("The text has changed since this was drawn."), text("Click again."))
    return begun
