"""Lab 1, three families: one sentence, read by an encoder, a decoder and an encoder-decoder.

Each column is a file of its own; here are the sentence they share and the course's table.
"""

import gradio as gr
from markupsafe import Markup

from components import links
from components.header import header
from components.lab import Lab, parts
from components.labs.families.decoder import Decoder
from components.labs.families.encoder import Encoder
from components.labs.families.encoder_decoder import EncoderDecoder
from components.labs.families.look import together
from components.runs import Runs
from components.translations import text
from pipelines import Playground
from pipelines.registry import tasks

SENTENCES = [
    "The lion sleeps under an old tree.",
    "A dog runs along the beach.",
    "The bank raised its rates, so she sat down on the bank of the river.",
]
# Which of the figures are shown, of all three columns; page.css hides the others.
VIEWS = {"sees": "what each sees", "makes": "what each makes of it", "ahead": "ways ahead"}
# Where the columns have no room beside each other, one of them is shown.
COLUMNS = {
    "encoder": "Encoder-only",
    "decoder": "Decoder-only",
    "encoder-decoder": "Encoder-decoder",
}
LOOK_INSIDE = (
    "Every transformer of the course is an encoder, a decoder, or both. Give one sentence to a "
    "live model of each and look inside."
)

LINK = Markup('<a href="?task={}">{}</a>')
ROW = Markup("<tr><th scope='row'>{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>")
TABLE = Markup(
    "<details><summary>{}</summary><div class='lab-scroll'><table>"
    "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div></details>"
)

# The course's table, with the tasks of this page that a model of the family is made for.
FAMILIES = (
    (
        "Encoder-only",
        "both sides of every word",
        "understanding: sorting, finding, comparing",
        "BERT, DistilBERT, ModernBERT, MiniLM, ViT",
        (
            "text-classification",
            "zero-shot-classification",
            "feature-extraction",
            "image-classification",
            "object-detection",
            "audio-classification",
        ),
    ),
    (
        "Decoder-only",
        "only what stands before",
        "generating: going on, chatting, answering",
        "GPT-2, Llama, Gemma, SmolLM2",
        ("text-generation", "image-text-to-text"),
    ),
    (
        "Encoder-decoder",
        "the encoder all of the source, the decoder that and what it wrote",
        "turning one sequence into another",
        "T5, BART, Marian, Whisper",
        (
            "translation",
            "summarization",
            "automatic-speech-recognition",
            "text-to-speech",
            "image-to-text",
        ),
    ),
)


def build(playground: Playground, runs: Runs) -> None:
    """The lab's components and what happens to them; a link's model goes to the decoder."""
    about = header(
        text(LAB.title),
        text(LOOK_INSIDE),
        text("Hugging Face course, chapter 1: “{section}”", section="Transformer Architectures"),
        f"lab={LAB.id}",
        text("link to this lab"),
    )
    gr.HTML(about, elem_classes="about")
    with gr.Row(equal_height=True):
        sentence = gr.Textbox(
            SENTENCES[0],
            label=text("Sentence"),
            max_length=playground.settings.max_characters,
            scale=5,
            min_width=240,
        )
        button = gr.Button(
            text("Look inside"), variant="primary", min_width=120, scale=1, elem_classes="lab-look"
        )
    gr.Examples([[one] for one in SENTENCES], sentence, label=text("Examples (click to fill in)"))
    gr.HTML(parts("Show", VIEWS, "sees") + parts("Family", COLUMNS, "encoder", "lab-narrow"))
    with gr.Row(elem_classes="lab-families"):
        with gr.Column(min_width=320):
            encoder = Encoder(playground, runs, sentence)
        with gr.Column(min_width=320):
            decoder = Decoder(playground, runs, sentence)
        with gr.Column(min_width=320):
            encoder_decoder = EncoderDecoder(playground, runs, sentence)
    looks = [encoder.look, decoder.look, encoder_decoder.look]
    together(looks, [button.click, sentence.submit], sentence)
    options = {
        "model": decoder.model,
        "encoder_layer": encoder.layer,
        "decoder_layer": decoder.layer,
        "temperature": decoder.temperature,
        "top_k": decoder.top_k,
        "top_p": decoder.top_p,
        "step": encoder_decoder.step,
        "beams": encoder_decoder.width,
    }
    links.wire(LAB.id, {"sentence": sentence}, options, button, decoder.task, playground)
    gr.HTML(_table(), elem_classes="lab-table")


def _table() -> Markup:
    known = tasks()
    rows = Markup("")
    for name, sees, good, examples, made_for in FAMILIES:
        links = Markup(", ").join(LINK.format(one, text(known[one].title)) for one in made_for)
        rows += ROW.format(text(name), text(sees), text(good), examples, links)
    heads = ("Family", "What it sees", "Good for", "Examples", "Open in its tab")
    head = Markup("").join(Markup("<th scope='col'>{}</th>").format(text(one)) for one in heads)
    return TABLE.format(text("The families side by side"), head, rows)


LAB = Lab(id="three-families", title="Three families", build=build)
