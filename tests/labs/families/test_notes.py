"""What is said of a text that was cut stays on the page while the figures change."""

from components.labs.families import decoder, encoder
from pipelines.labs.families.session import LabModel

LONG = "The lion sleeps under an old tree. " * 60


def test_the_decoders_column_keeps_saying_what_was_cut(open_tiny):
    lab = LabModel(*open_tiny("gpt2"), "gpt2")
    looked = decoder._look(lab, LONG, 1, 1, 1.0, 0, 1.0)
    text = looked.outputs[2]
    assert "its start was cut" in looked.notes[0]
    assert decoder._attention(lab, text, 2, 1).notes == looked.notes
    assert decoder._bars(lab, text, 0.5, 0, 1.0).notes == looked.notes
    drawn = decoder._draw(lab, text, 1, 1, 1.0, 0, 1.0)
    assert drawn.notes == (*looked.notes, "The model reads the last 33 of 49 tokens.")


def test_the_encoders_column_keeps_saying_what_was_cut(open_tiny):
    lab = LabModel(*open_tiny("bert-encoder", ""), "bert-encoder")
    looked = encoder._look(lab, LONG, 1, 1, "A cat.", "")
    assert len(looked.notes) == 2
    subject = looked.outputs[0]
    assert encoder._attention(lab, subject, 2, 1).notes == looked.notes
    assert encoder._near(lab, subject, "A dog.").notes == looked.notes
