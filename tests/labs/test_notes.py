"""What is said of a text that was cut stays on the page while the figures change."""

from components.labs import families_decoder, families_encoder
from pipelines.labs.opening import LabModel

LONG = "The lion sleeps under an old tree. " * 60


def test_the_decoders_column_keeps_saying_what_was_cut(open_tiny):
    lab = LabModel(*open_tiny("gpt2"), "gpt2")
    looked = families_decoder._look(lab, LONG, 1, 1, 1.0, 0, 1.0)
    text = looked.outputs[2]
    assert "its start was cut" in looked.notes[0]
    assert families_decoder._attention(lab, text, 2, 1).notes == looked.notes
    assert families_decoder._bars(lab, text, 0.5, 0, 1.0).notes == looked.notes
    drawn = families_decoder._draw(lab, text, 1, 1, 1.0, 0, 1.0)
    assert drawn.notes == (*looked.notes, "The model reads the last 33 of 49 tokens.")


def test_the_encoders_column_keeps_saying_what_was_cut(open_tiny):
    lab = LabModel(*open_tiny("bert-encoder", ""), "bert-encoder")
    looked = families_encoder._look(lab, LONG, 1, 1, "A cat.", "")
    assert len(looked.notes) == 2
    subject = looked.outputs[0]
    assert families_encoder._attention(lab, subject, 2, 1).notes == looked.notes
    assert families_encoder._near(lab, subject, "A dog.").notes == looked.notes
