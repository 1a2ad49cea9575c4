"""Figures that are drawn later are of the model and the sentence that were looked at."""

import gradio as gr
import pytest

from components.labs import families_encoder, families_encoder_decoder, families_figures
from pipelines.errors import InputError
from pipelines.labs.opening import LabModel

TEXT = "The lion sleeps under an old tree."


def test_an_encoder_does_not_go_on_with_another_models_sentence(open_tiny):
    lab = LabModel(*open_tiny("bert-encoder", ""), "bert-encoder")
    subject = families_encoder._look(lab, TEXT, 1, 1, "A cat.", "").outputs[0]
    assert (subject.model, subject.sentence) == ("bert-encoder", TEXT)
    other = LabModel(lab.model, lab.tokenizer, "another")
    for later, values in (
        (families_encoder._attention, (1, 1)),
        (families_encoder._near, ("A cat.",)),
        (families_encoder._asked, ("",)),
    ):
        assert later(lab, subject, *values).outputs
        with pytest.raises(InputError, match="another model"):
            later(other, subject, *values)
        with pytest.raises(InputError, match="no text yet"):
            later(lab, None, *values)


def test_a_translator_does_not_go_on_with_another_models_sentence(open_tiny):
    lab = LabModel(*open_tiny("marian", "ForSeq2SeqLM"), "marian")
    subject = families_encoder_decoder._look(lab, TEXT, "fr", 0, 0).outputs[0]
    assert (subject.model, subject.sentence, subject.target) == ("marian", TEXT, "fr")
    other = LabModel(lab.model, lab.tokenizer, "another")
    for later, values in (
        (families_encoder_decoder._next, (1, 0, 0)),
        (families_encoder_decoder._step, (1, 0, 0)),
        (families_encoder_decoder._attention, (1, 0, 0)),
        (families_encoder_decoder._beams, (2,)),
    ):
        assert later(lab, subject, *values).outputs
        with pytest.raises(InputError, match="another model"):
            later(other, subject, *values)
    assert families_encoder_decoder._further(lab, None, 2).outputs == [""]


def test_a_model_with_one_layer_and_one_head_has_sliders_that_can_be_made():
    for update in families_figures.fitted(3, 5, (1, 1)):
        slider = gr.Slider(**{k: v for k, v in update.items() if k != "__type__"})
        assert (slider.value, slider.interactive) == (1, False)
        assert families_figures.at(slider.maximum, 1) == 0
