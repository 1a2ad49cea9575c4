"""The second column of lab 1: decoder-only models, which see what stands before and go on."""

import zlib
from dataclasses import dataclass, replace

import gradio as gr
import numpy as np
from markupsafe import Markup

from components.labs.drawings import TOKEN, TOKENS, figure, visible
from components.labs.families.attention_drawings import attention
from components.labs.families.column import Column
from components.labs.families.figures import TAKE, Shown, at, fitted, remarks
from components.labs.families.look import Look
from components.labs.families.next_token_drawings import candidate_bars, surprises, tree
from pipelines import Playground
from pipelines.errors import InputError
from pipelines.labs.families import continuations, decoder
from pipelines.labs.families.attention import MAX_TOKENS
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
        """Tells this text from others."""
        return zlib.crc32(repr(self).encode())

    def and_then(self, *taken: int) -> "Text":
        """This text gone on with."""
        return replace(self, ids=(*self.ids, *taken))


def build(playground: Playground, sentence: gr.Textbox) -> Look:
    """The column."""
    column = Column(playground, "decoder", "Decoder-only", SAYS, HUBS)
    text = gr.State(None)
    so_far = gr.HTML(elem_classes="lab-so-far")
    layer, head = column.sliders()
    heads = gr.HTML(elem_classes="lab-attention")
    bars = gr.HTML(js_on_load=TAKE, elem_classes="lab-candidates")
    with gr.Row():
        temperature = gr.Slider(0.1, 2, 1, step=0.1, label="Temperature", min_width=160)
        top_k = gr.Slider(0, 50, 0, step=1, label="Top-k (0: all)", min_width=160)
        top_p = gr.Slider(0.05, 1, 1, step=0.05, label="Top-p", min_width=160)
    with gr.Row():
        chance = gr.Button("Sample", size="sm", min_width=100)
        back = gr.Button("Undo", size="sm", min_width=100)
    branches = gr.HTML(js_on_load=TAKE, elem_classes="lab-tree")
    surprise = gr.HTML(elem_classes="lab-surprise")

    places, settings = [layer, head], [temperature, top_k, top_p]
    drawn = [text, so_far, heads, bars]
    given = [text, *places, *settings]
    more = [branches, surprise]
    look = Look(column, _look, [sentence, *places, *settings], [*places, *drawn])
    look.then(_further, [text], more)
    for event in (
        column.on([bars.click, branches.click], _take, given, drawn, event=True),
        column.on([chance.click], _draw, given, drawn),
        column.on([back.click], _take_back, given, drawn),
    ):
        column.on([], _further, [text], more, clear=more, after=event)
    column.on([layer.change, head.change], _attention, [text, *places], [heads])
    column.on([one.change for one in settings], _bars, [text, *settings], [bars])
    return look


def _state(lab: LabModel, text: Text) -> DecoderState:
    ids = decoder.window(lab.tokenizer, text.ids)
    return lab.remember(ids, lambda: _read(lab, ids))


def _read(lab: LabModel, ids: tuple[int, ...]) -> DecoderState:
    """The state after the ids, computed from that of their beginning where it is known."""
    before, ahead = lab.remembered(ids[:-1]), lab.remembered(("ahead", ids[:-1]))
    if before and ahead and ahead.attentions is not None and ids[-1] in ahead.ids:
        return continuations.taken(lab.tokenizer, before, ahead, ids[-1])
    begun = (lab.remembered(ids[:-taken]) for taken in range(1, decoder.DEPTH + 1))
    return decoder.look(lab.model, lab.tokenizer, ids, next(filter(None, begun), None))


def _look(lab: LabModel, sentence: str, layer: float, head: float, *settings: float) -> Shown:
    reading = decoder.read_prompt(lab.model, lab.tokenizer, sentence)
    text = Text(lab.name, len(reading.ids), reading.ids, reading.cut)
    drawn = _drawn(lab, text, layer, head, *settings)
    shape = _state(lab, text).attention.weights.shape
    return Shown([*fitted(layer, head, shape), *drawn.outputs], drawn.notes)


def _drawn(lab: LabModel, text: Text, layer: float, head: float, *settings: float) -> Shown:
    parts = Markup("").join(
        TOKEN.format("special" if n < text.given else "taken", visible(token))
        for n, token in enumerate(decoder.token_texts(lab.tokenizer, text.ids))
    )
    told = "Grey is yours; what was taken since is in colour."
    return Shown(
        [
            text,
            figure("The text so far", told, TOKENS.format(parts), "text"),
            *_attention(lab, text, layer, head).outputs,
            *_bars(lab, text, *settings).outputs,
        ],
        _notes(lab, text),
    )


def _notes(lab: LabModel, text: Text) -> tuple[str, ...]:
    """What is said beside every figure of this text."""
    prompt = decoder.reading(lab.tokenizer, text.ids[: text.given], text.cut)
    notes = remarks(lab, prompt, "start")
    if len(text.ids) > MAX_TOKENS:
        read = len(decoder.window(lab.tokenizer, text.ids))
        notes += (f"The model reads the last {read} of {len(text.ids)} tokens.",)
    return notes


def _attention(lab: LabModel, text: Text, layer: float, head: float) -> Shown:
    state = _state(lab, text)
    weights = state.attention.weights
    n, k = at(layer, weights.shape[0]), at(head, weights.shape[1])
    drawn = attention(weights[n, k], state.reading.tokens, n + 1, k + 1, causal=True)
    return Shown([drawn], _notes(lab, text))


def _bars(lab: LabModel, text: Text, temperature: float, top_k: float, top_p: float) -> Shown:
    logits = _state(lab, text).logits
    best = decoder.candidates(
        lab.tokenizer, logits, temperature, int(top_k), top_p, continuations.BARS
    )
    return Shown([_of(text, candidate_bars(best))], _notes(lab, text))


def _of(text: Text, drawn: Markup) -> Markup:
    """What can be clicked, with the text that it goes on from."""
    return Markup('<div data-at="{}-{}">{}</div>').format(len(text.ids), text.digest, drawn)


def _clicked_at(event: dict[str, str], text: Text) -> Text:
    """The text that was gone on from: a double click, or one on a tree that is a moment behind the
    bars, must not take its tokens after others than those they were shown after."""
    length, _, digest = str(event.get("at")).partition("-")
    begun = replace(text, ids=text.ids[: int(length)] if length.isdecimal() else ())
    if str(begun.digest) != digest:
        raise InputError("The text has changed since this was drawn.", "Click again.")
    return begun


def _take(lab: LabModel, text: Text, event: dict[str, str], *rest: float) -> Shown:
    """Continue with the token that was clicked, or with the whole branch."""
    text = _clicked_at(event, text)
    known = len(lab.tokenizer)
    try:
        taken = [int(one) for one in str(event["take"]).split(",")][:8]
    except (KeyError, TypeError, ValueError):
        taken = []
    if not taken or not all(0 <= one < known for one in taken):
        raise InputError("That is no token of this model.", "Press Look inside again.")
    return _drawn(lab, text.and_then(*taken), *rest)


def _draw(
    lab: LabModel,
    text: Text,
    layer: float,
    head: float,
    temperature: float,
    top_k: float,
    top_p: float,
) -> Shown:
    """Continue with a token sampled from the distribution, as generate does."""
    logits = _state(lab, text).logits
    chances = decoder.distribution(logits, temperature, int(top_k), top_p).astype(np.float64)
    drawn = int(np.random.default_rng().choice(len(chances), p=chances / chances.sum()))
    return _drawn(lab, text.and_then(drawn), layer, head, temperature, top_k, top_p)


def _take_back(lab: LabModel, text: Text, *rest: float) -> Shown:
    if len(text.ids) <= text.given:
        raise InputError("Nothing was taken yet.", "Click a bar to take its token.")
    return _drawn(lab, replace(text, ids=text.ids[:-1]), *rest)


def _further(lab: LabModel, text: Text) -> Shown:
    """What is not needed for this click: the tree, the surprises, and what the next one needs."""
    state = _state(lab, text)
    ids = state.reading.ids
    ahead = lab.remember(("ahead", ids), lambda: continuations.ahead(lab.model, state))
    grown = lab.remember(
        ("tree", ids), lambda: continuations.tree(lab.model, lab.tokenizer, state, first=ahead)
    )
    if len(ids) < 2:
        told = "<p>One token has nothing before it that it could surprise after.</p>"
        return Shown([_of(text, tree(grown)), told])
    told, perplexity = decoder.surprisal(state)
    return Shown([_of(text, tree(grown)), surprises(told, perplexity)], _notes(lab, text))
