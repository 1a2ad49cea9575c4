"""What the columns of lab 1 show as their sliders and buttons say, mostly without a model."""

import re
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest

from components import links
from components.labs.families import encoder as encoder_column
from components.labs.families import encoder_decoder as translating_column
from components.labs.families import page as lab_page
from components.labs.families.encoder import MOST, Encoder
from components.labs.families.encoder_decoder import EncoderDecoder, _picked
from components.labs.families.events import outcome
from components.labs.families.figures import Shown, Subject, fitted, remarks
from components.output_state import Values
from components.runs import Runs
from pipelines import Playground
from pipelines.labs.families.attention import Attention, Reading
from pipelines.labs.families.encoder_decoder import Step, Translated
from pipelines.labs.families.session import LabModel, Worked
from pipelines.settings import Settings
from tests.labs.conftest import Open

SUBJECT = Subject("tiny", "A sentence.", "fr")


@pytest.fixture
def translator(settings: Settings) -> EncoderDecoder:
    with gr.Blocks():
        return EncoderDecoder(Playground(settings), Runs(), gr.Textbox())


@pytest.fixture
def encoder(settings: Settings) -> Encoder:
    with gr.Blocks():
        return Encoder(Playground(settings), Runs(), gr.Textbox())


def translation() -> Translated:
    """Two steps over three tokens: one layer with two heads."""
    source = Reading((1, 2, 3), ("a", "b", "c"), (False, False, False))
    cross = np.array(
        [[[[0.1, 0.2, 0.7]], [[0.3, 0.4, 0.3]]], [[[0.5, 0.3, 0.2]], [[0, 0, 1]]]], np.float32
    )
    steps = tuple(
        Step(number, f"w{number}", 0.5, ((f"w{number}", 0.5), ("other", 0.25)), looks[:, 0][None])
        for number, looks in enumerate(cross, 1)
    )
    weights = np.linspace(0, 0.17, 18, dtype=np.float32).reshape(1, 2, 3, 3)
    within = Attention(source.tokens, source.tokens, weights)
    return Translated(source, steps, "w1 w2", within, cross.mean(1))


@pytest.mark.parametrize(
    ("layer", "head", "wanted"), [(0, 0, 2.5), (1, 0, 1), (0, 2, 3), (2, 1, 3.5), (9, 9, 4.5)]
)
def test_layer_and_head_0_are_the_mean_of_all(layer: int, head: int, wanted: float) -> None:
    weights = np.array([[[0.5], [1.5]], [[3.5], [4.5]]], np.float32)
    assert _picked(weights, layer, head).tolist() == [wanted]


def test_after_the_last_step_there_is_no_next_one(
    translator: EncoderDecoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    translated = SimpleNamespace(steps=[1, 2, 3])
    monkeypatch.setattr(translating_column, "_translated", lambda lab, subject: translated)
    monkeypatch.setattr(translator, "show_step", lambda lab, values: Shown({}))
    lab = LabModel(None, None, "tiny")
    for number, following in ((1, 2), (2, 3), (3, 3)):
        shown = translator.next_step(lab, {translator.subject: SUBJECT, translator.step: number})
        assert shown.figures == {translator.step: following}


def test_a_step_and_the_heat_maps_are_of_the_layer_and_head_that_are_set(
    translator: EncoderDecoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(translating_column, "_translated", lambda lab, subject: translation())
    lab = LabModel(None, SimpleNamespace(unk_token_id=None), "tiny")
    values: Values = {translator.subject: SUBJECT, translator.step: 2}
    values |= {translator.layer: 1, translator.head: 1}
    shown = translator.attention(lab, values).figures
    step = shown[translator.now]
    assert "Step 2 of 2 writes <b>w2</b>" in step
    assert re.findall(r'style="--v:([\d.]+)" title="([\d.]+)">(.*?)<', step) == [
        ("1.00", "0.500", "a"),  # the darkest is where it looked most
        ("0.60", "0.300", "b"),
        ("0.40", "0.200", "c"),
    ]
    written = step.split('class="lab-written">')[1].split("</p>")[0]
    assert written == "<span>w1</span><mark>w2</mark>"
    assert re.findall(r"<span>(.*?)</span>.*?<em>(.*?)</em>", step.split("</p>")[-1]) == [
        ("w2", "50.0%"),
        ("other", "25.0%"),
    ]
    aligned = re.findall("<title>(.*?)</title>", shown[translator.alignment])
    assert aligned[:2] == ["w1 → a: 0.100", "w1 → b: 0.200"]
    assert aligned[3:] == ["w2 → a: 0.500", "w2 → b: 0.300", "w2 → c: 0.200"]
    read = re.findall("<title>(.*?)</title>", shown[translator.source])
    assert read[:4] == ["a → a: 0.000", "a → b: 0.010", "a → c: 0.020", "b → a: 0.030"]
    assert "(layer 1, head 1)" in shown[translator.alignment]


def test_another_target_language_is_another_translation(open_tiny: Open) -> None:
    lab = LabModel(*open_tiny("nllb"), "nllb")
    for target in ("fr", "de", "fr"):
        subject = Subject("nllb", "The lion sleeps.", target)
        assert translating_column._translated(lab, subject).steps[0].token.startswith(target)


def test_a_new_sentence_keeps_the_step_within_what_was_written(
    translator: EncoderDecoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(translating_column, "_translated", lambda lab, subject: translation())
    lab = LabModel(None, SimpleNamespace(unk_token_id=None), "tiny")
    values: Values = {translator.sentence: "A sentence.", translator.target: "fr"}
    values |= {translator.step: 7, translator.layer: 0, translator.head: 5}
    shown = translator.read(lab, values).figures
    assert (shown[translator.step]["value"], shown[translator.step]["maximum"]) == (2, 2)
    assert shown[translator.head]["value"] == 2
    assert shown[translator.subject] == Subject("tiny", "A sentence.", "fr")


def test_the_encoders_heat_map_is_of_the_layer_and_head_that_are_set(
    encoder: Encoder, open_tiny: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = LabModel(*open_tiny("bert-encoder", ""), "bert-encoder")
    drawn: list[tuple[Any, ...]] = []
    monkeypatch.setattr(
        encoder_column, "attention", lambda *given, causal: drawn.append((*given, causal))
    )
    values: Values = {encoder.subject: SUBJECT, encoder.layer: 2, encoder.head: 1}
    encoder.attention(lab, values)
    ((weights, tokens, layer, head, causal),) = drawn
    seen = encoder_column._encoded(lab, SUBJECT)
    assert np.array_equal(weights, seen.attention.weights[1, 0])
    assert (tokens, layer, head, causal) == (seen.reading.tokens, 2, 1, False)


def test_so_many_sentences_are_compared_and_no_more(
    encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []

    def nearest(model: object, tokenizer: object, sentence: str, lines: list[str]) -> list[Any]:
        compared.extend(lines)
        return [(line, 0.5) for line in lines]

    monkeypatch.setattr(encoder_column, "_encoded", lambda lab, subject: None)
    monkeypatch.setattr(encoder_column, "_notes", lambda lab, seen: ())
    monkeypatch.setattr("pipelines.labs.families.encoder.nearest", nearest)
    lab: Any = LabModel(SimpleNamespace(config=SimpleNamespace(hidden_size=8)), None, "tiny")
    lines = [f"Sentence {number}." for number in range(MOST + 5)]
    values: Values = {encoder.subject: SUBJECT, encoder.others: "\n\n".join(lines)}
    encoder.nearest(lab, values)
    assert compared == lines[:MOST]


def test_a_slider_goes_as_far_as_the_model_has_layers() -> None:
    assert fitted(9, 4) == gr.update(minimum=1, maximum=4, value=4, interactive=True)
    assert fitted(0, 4)["value"] == 1
    assert fitted(0, 4, least=0) == gr.update(minimum=0, maximum=4, value=0, interactive=True)


def test_a_model_that_knows_too_little_of_a_script_says_so() -> None:
    lab = LabModel(None, SimpleNamespace(unk_token_id=9), "tiny")
    for words, told in ((2, True), (3, False)):  # a third is too much
        ids = (1, 9, *range(10, 10 + words), 2)
        special = tuple(one < 10 for one in ids)
        notes = remarks(lab, Reading(ids, tuple(map(str, ids)), special))
        assert notes == (
            ("This model was not made for this script: 1 of its 5 tokens are unknown to it.",)
            if told
            else ()
        )


def test_the_line_of_status_tells_what_it_took() -> None:
    shown = Shown({}, ("Its end was <cut>.",))
    line = outcome(Worked(shown, "<tiny>", 1.234, 0.0)).replace("\N{NO-BREAK SPACE}", " ")
    assert "<b>&lt;tiny&gt;</b> · 1.23 s · <small>" in line
    assert "<li>Its end was &lt;cut&gt;.</li>" in line
    loaded = outcome(Worked(shown, "tiny", 1.234, 5.67)).replace("\N{NO-BREAK SPACE}", " ")
    assert "</b> · loaded in 5.7 s · 1.23 s" in loaded


def test_a_link_sets_each_columns_own_sliders(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    wired: dict[str, Any] = {}
    monkeypatch.setattr(links, "wire", lambda tab, inputs, options, *others: wired.update(options))
    with gr.Blocks() as page:
        lab_page.build(Playground(settings), Runs())
    boxes = [one for one in page.blocks.values() if isinstance(one, gr.Slider | gr.Dropdown)]
    layers = [one for one in boxes if one.label == "Layer"]
    assert [wired["encoder_layer"], wired["decoder_layer"]] == layers
    labels = {name: one.label for name, one in wired.items()}
    assert labels == {
        "model": "Model (decoder-only)",
        "encoder_layer": "Layer",
        "decoder_layer": "Layer",
        "temperature": "Temperature",
        "top_k": "Top-k (0: all)",
        "top_p": "Top-p",
        "step": "Step",
        "beams": "Beams kept",
    }
