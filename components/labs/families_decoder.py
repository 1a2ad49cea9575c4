"""The second column of lab 1: decoder-only models, which see what stands before and go on."""

import zlib
from typing import Any

import gradio as gr
import numpy as np

from components.labs.attention_drawings import attention
from components.labs.drawings import figure, visible
from components.labs.families_column import TAKE, Column, Shown, at, fitted, remarks
from components.labs.next_token_drawings import candidate_bars, surprises, tree
from pipelines import Playground
from pipelines.errors import InputError
from pipelines.labs import decoder
from pipelines.labs.attention import MAX_TOKENS
from pipelines.labs.decoder import Looked
from pipelines.labs.opening import LabModel

SAYS = "Sees only what stands before; made to go on with it."
HUBS = ("openai-community/gpt2", "HuggingFaceTB/SmolLM2-135M", "google/gemma-3-270m")
State = list[int]  # the prompt's length, then the ids of prompt and taken tokens


def build(playground: Playground, sentence: gr.Textbox, look: list[Any]) -> gr.Dropdown:
    """The column, and its model box; `look` are the events of a new sentence."""
    column = Column(playground, "decoder", "Decoder-only", SAYS, HUBS)
    state = gr.State([])
    so_far = gr.HTML(elem_classes="lab-so-far")
    layer, head = column.sliders()
    heads = gr.HTML(elem_classes="lab-attention")
    bars = gr.HTML(js_on_load=TAKE, elem_classes="lab-candidates")
    with gr.Row():
        temperature = gr.Slider(0.1, 2, 1, step=0.1, label="Temperature", min_width=160)
        top_k = gr.Slider(0, 50, 0, step=1, label="Top-k (0: all)", min_width=160)
        top_p = gr.Slider(0.05, 1, 1, step=0.05, label="Top-p", min_width=160)
    with gr.Row():
        chance = gr.Button("Draw one", size="sm", min_width=100)
        back = gr.Button("Take back", size="sm", min_width=100)
    branches = gr.HTML(js_on_load=TAKE, elem_classes="lab-tree")
    surprise = gr.HTML(elem_classes="lab-surprise")

    places, settings = [layer, head], [temperature, top_k, top_p]
    drawn = [state, so_far, layer, head, heads, bars]
    given = [state, *places, *settings]
    more = [branches, surprise]
    for event in (
        column.on(look, _look, [sentence, *places, *settings], drawn, clear=True),
        column.on([bars.click, branches.click], _take, given, drawn, event=True),
        column.on([chance.click], _draw, given, drawn),
        column.on([back.click], _take_back, given, drawn),
    ):
        column.on([], _further, [state], more, clear=True, after=event)
    column.on([layer.change, head.change], _attention, [state, *places], [heads])
    column.on([one.change for one in settings], _bars, [state, *settings], [bars])
    return column.model


def _looked(lab: LabModel, state: State) -> Looked:
    if len(state) < 2:
        raise InputError("There is no text yet.", "Press Look inside first.")
    ids = tuple(state[1:])[-MAX_TOKENS:]
    return lab.remember(ids, lambda: decoder.look(lab.model, lab.tokenizer, ids))


def _look(lab: LabModel, sentence: str, layer: float, head: float, *settings: float) -> Shown:
    reading = decoder.read_prompt(lab.model, lab.tokenizer, sentence)
    shown = _drawn(lab, [len(reading.ids), *reading.ids], layer, head, *settings)
    return Shown(shown.outputs, remarks(lab, reading, "start"))


def _drawn(lab: LabModel, state: State, layer: float, head: float, *settings: float) -> Shown:
    looked = _looked(lab, state)
    shape = looked.attention.weights.shape
    parts = "".join(
        f'<span class="{"special" if n < state[0] else "taken"}">{visible(token)}</span>'
        for n, token in enumerate(decoder.token_texts(lab.tokenizer, state[1:]))
    )
    told = "Grey is yours; what was taken since is in colour."
    return Shown(
        [
            state,
            figure("The text so far", told, f'<div class="lab-tokens">{parts}</div>', "text"),
            *fitted(layer, head, shape),
            *_attention(lab, state, layer, head).outputs,
            *_bars(lab, state, *settings).outputs,
        ],
        _too_long(state),
    )


def _too_long(state: State) -> tuple[str, ...]:
    if len(state) - 1 <= MAX_TOKENS:
        return ()
    return (f"The model reads the last {MAX_TOKENS} of {len(state) - 1} tokens.",)


def _attention(lab: LabModel, state: State, layer: float, head: float) -> Shown:
    looked = _looked(lab, state)
    weights = looked.attention.weights
    n, k = at(layer, weights.shape[0]), at(head, weights.shape[1])
    drawn = attention(weights[n, k], looked.reading.tokens, n + 1, k + 1, causal=True)
    return Shown([drawn], _too_long(state))


def _bars(lab: LabModel, state: State, temperature: float, top_k: float, top_p: float) -> Shown:
    best = decoder.candidates(
        lab.tokenizer, _looked(lab, state).logits, temperature, int(top_k), top_p, shown=12
    )
    return Shown([_of(state, candidate_bars(best))], _too_long(state))


def _of(state: State, drawn: str) -> str:
    """What can be clicked, with the text that it goes on from."""
    return f'<div data-at="{len(state)}-{_mark(state)}">{drawn}</div>'


def _mark(state: State) -> int:
    return zlib.crc32(repr(state).encode())


def _clicked_at(event: dict[str, str], state: State) -> State:
    """The text that was gone on from: a double click, or one on a tree that is a moment behind the
    bars, must not take its tokens after others than those they were shown after."""
    length, _, mark = str(event.get("at")).partition("-")
    begun = state[: int(length)] if length.isdecimal() else []
    if str(_mark(begun)) != mark:
        raise InputError("The text has changed since this was drawn.", "Click again.")
    return begun


def _take(lab: LabModel, event: dict[str, str], state: State, *rest: float) -> Shown:
    """Go on with the token that was clicked, or with all of a branch."""
    state = _clicked_at(event, state)
    known = len(lab.tokenizer)
    try:
        taken = [int(one) for one in str(event["take"]).split(",")][:8]
    except (KeyError, TypeError, ValueError):
        taken = []
    if not taken or not all(0 <= one < known for one in taken):
        raise InputError("That is no token of this model.", "Press Look inside again.")
    return _drawn(lab, [*state, *taken], *rest)


def _draw(
    lab: LabModel,
    state: State,
    layer: float,
    head: float,
    temperature: float,
    top_k: float,
    top_p: float,
) -> Shown:
    """Go on with a token drawn by chance from the bars, as generate does."""
    logits = _looked(lab, state).logits
    chances = decoder.distribution(logits, temperature, int(top_k), top_p).astype(np.float64)
    drawn = int(np.random.default_rng().choice(len(chances), p=chances / chances.sum()))
    return _drawn(lab, [*state, drawn], layer, head, temperature, top_k, top_p)


def _take_back(lab: LabModel, state: State, *rest: float) -> Shown:
    if len(state) - 1 <= (state[0] if state else 0):
        raise InputError("Nothing was taken yet.", "Click a bar to take its token.")
    return _drawn(lab, state[:-1], *rest)


def _further(lab: LabModel, state: State) -> Shown:
    """What is not needed for the next click: the tree and the surprises."""
    if len(state) < 2:
        return Shown(["", ""])
    looked = _looked(lab, state)
    ids = looked.reading.ids
    grown = lab.remember(("tree", ids), lambda: decoder.tree(lab.model, lab.tokenizer, looked))
    if len(ids) < 2:
        told = "<p>One token has nothing before it that it could surprise after.</p>"
        return Shown([_of(state, tree(grown)), told])
    told, perplexity = decoder.surprisal(looked)
    return Shown([_of(state, tree(grown)), surprises(told, perplexity)], _too_long(state))
