"""The first column of lab 1: encoder-only models, which see both sides of a word."""

import gradio as gr
from markupsafe import Markup

from components.labs.drawings import TOKEN, TOKENS, bar, figure, heat_map, safe, visible
from components.labs.families.attention_drawings import attention
from components.labs.families.column import Column
from components.labs.families.figures import Shown, Subject, at, fitted, remarks
from components.labs.families.heads import head_result
from components.labs.families.look import Look
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


def build(playground: Playground, sentence: gr.Textbox) -> Look:
    """The column."""
    column = Column(playground, "encoder", "Encoder-only", SAYS, HUBS)
    subject = gr.State(None)
    tokens = gr.HTML()
    layer, head = column.sliders()
    heads = gr.HTML(elem_classes="lab-attention")
    drift = gr.HTML()
    near = gr.HTML(elem_classes="lab-nearest")
    with gr.Accordion("Compare with other sentences", open=False):
        others = gr.Textbox(OTHERS, label="One sentence a line", lines=6, max_lines=12)
    with gr.Accordion("What a head adds: masked word, names, answer", open=False):
        asked = gr.Textbox(
            "",
            label="A text with a mask, or a question about the sentence",
            info="A gap is [MASK] or ___. Left empty, the last word is masked. Enter asks.",
        )
        answer = gr.HTML(elem_classes="lab-head")
    look = Look(
        column,
        _look,
        [sentence, layer, head, others, asked],
        [subject, tokens, layer, head, heads, drift, near, answer],
    )
    column.on([layer.change, head.change], _attention, [subject, layer, head], [heads])
    column.on([others.blur], _near, [subject, others], [near])
    column.on([asked.submit], _asked, [subject, asked], [answer])
    return look


def _encoded(lab: LabModel, subject: Subject) -> Encoded:
    return lab.remember(
        subject.sentence, lambda: encoder.encode(lab.model, lab.tokenizer, subject.sentence)
    )


def _look(
    lab: LabModel, sentence: str, layer: float, head: float, others: str, asked: str
) -> Shown:
    subject = Subject(lab.name, sentence)
    seen = _encoded(lab, subject)
    chips = Markup("").join(
        TOKEN.format("special" if special else "", visible(token))
        for token, special in zip(seen.reading.tokens, seen.reading.special, strict=True)
    )
    told = "The pieces the model reads. It adds the grey ones itself; ## goes on with a word."
    return Shown(
        [
            subject,
            figure("Tokens", told, TOKENS.format(chips), "tokens"),
            *fitted(layer, head, seen.attention.weights.shape),
            *_attention(lab, subject, layer, head).outputs,
            _drift(seen),
            *_near(lab, subject, others).outputs,
            *_asked(lab, subject, asked).outputs,
        ],
        _notes(lab, seen),
    )


def _notes(lab: LabModel, seen: Encoded) -> tuple[str, ...]:
    """What is said beside every figure: what is drawn is cut sooner than what is compared."""
    notes = remarks(lab, seen.reading)
    count, most = len(seen.reading.ids) + seen.reading.cut, encoder.limit(lab.model)
    if count > most:
        notes += (f"Its vector and its head are of the first {most} of {count} tokens.",)
    return notes


def _attention(lab: LabModel, subject: Subject, layer: float, head: float) -> Shown:
    seen = _encoded(lab, subject)
    weights = seen.attention.weights
    n, k = at(layer, weights.shape[0]), at(head, weights.shape[1])
    drawn = attention(weights[n, k], seen.reading.tokens, n + 1, k + 1, causal=False)
    return Shown([drawn], _notes(lab, seen))


def _drift(seen: Encoded) -> Markup:
    layers = [str(n) for n in range(len(seen.similarity))]
    picture = heat_map(
        seen.similarity.T, seen.reading.tokens, layers, "Similarity of each token to its first"
    )
    told = (
        "Each column is a layer: how much of its first vector a token still has (cosine). "
        "It fades as the vector takes up the words around it."
    )
    return figure("How the vectors change", told, picture, "vectors-by-layer")


def _near(lab: LabModel, subject: Subject, others: str) -> Shown:
    notes = _notes(lab, _encoded(lab, subject))
    lines = [line.strip() for line in (others or "").splitlines() if line.strip()][:MOST]
    if not lines:
        return Shown(["<p>No sentences to compare with: write one a line below.</p>"], notes)
    ranked = lab.remember(
        ("near", subject, *lines),
        lambda: encoder.nearest(lab.model, lab.tokenizer, subject.sentence, lines),
    )
    rows = Markup("").join(bar(safe(line[:120]), score, f"{score:.2f}") for line, score in ranked)
    size = lab.model.config.hidden_size
    told = f"The whole sentence as one vector of {size} numbers; nearest by cosine first."
    return Shown([figure("Nearest sentences", told, rows, "nearest")], notes)


def _asked(lab: LabModel, subject: Subject, asked: str) -> Shown:
    notes = _notes(lab, _encoded(lab, subject))
    try:
        return Shown([head_result(lab, subject.sentence, (asked or "").strip())], notes)
    except InputError as error:
        line = Markup('<p class="error"><b>{}</b> {}</p>')
        return Shown([line.format(safe(error.sentence), safe(error.hint))], notes)
