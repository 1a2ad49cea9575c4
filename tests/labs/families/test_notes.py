"""What is said of a text that was cut stays on the page while the figures change."""

import gradio as gr

from components.labs.families.decoder import Decoder
from components.labs.families.encoder import Encoder
from components.output_state import Values
from components.runs import Runs
from pipelines import Playground
from pipelines.labs.families.session import LabModel
from pipelines.settings import Settings
from tests.labs.conftest import Open

LONG = "The lion sleeps under an old tree. " * 60


def test_the_decoders_column_keeps_saying_what_was_cut(open_tiny: Open, column: Decoder) -> None:
    lab = LabModel(*open_tiny("gpt2"), "gpt2")
    sliders = (column.layer, column.head, column.temperature, column.top_k, column.top_p)
    values: Values = {column.sentence: LONG, **{one: one.value for one in sliders}}
    looked = column.read(lab, values)
    values[column.subject] = looked.figures[column.subject]
    assert "its start was cut" in looked.notes[0]
    assert column.attention(lab, values | {column.layer: 2}).notes == looked.notes
    assert column.candidates(lab, values | {column.temperature: 0.5}).notes == looked.notes
    drawn = column.sample(lab, values)
    assert drawn.notes == (*looked.notes, "The model reads the last 33 of 49 tokens.")


def test_the_encoders_column_keeps_saying_what_was_cut(open_tiny: Open, settings: Settings) -> None:
    lab = LabModel(*open_tiny("bert-encoder", ""), "bert-encoder")
    with gr.Blocks():
        column = Encoder(Playground(settings), Runs(), gr.Textbox())
    values: Values = {column.sentence: LONG, column.others: "A cat.", column.asked: ""}
    values |= {column.layer: 1, column.head: 1}
    looked = column.read(lab, values)
    assert len(looked.notes) == 2
    values[column.subject] = looked.figures[column.subject]
    assert column.attention(lab, values | {column.layer: 2}).notes == looked.notes
    assert column.nearest(lab, values | {column.others: "A dog."}).notes == looked.notes
