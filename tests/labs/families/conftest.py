"""A column of lab 1 on a page of its own."""

import gradio as gr
import pytest

from components.labs.families.decoder import Decoder
from components.runs import Runs
from pipelines import Playground
from pipelines.settings import Settings


@pytest.fixture
def column(settings: Settings) -> Decoder:
    with gr.Blocks():
        return Decoder(Playground(settings), Runs(), gr.Textbox())
