"""What views draw of a result: its own numbers, times and sounds."""

import re
import wave
from pathlib import Path

import numpy as np
import pytest

from components.results import LabelBars, Sound, StreamedText, TranscriptView, Vectors
from pipelines.outputs import Speech


def test_each_label_has_a_bar_of_its_score() -> None:
    scores = [{"label": "cat", "score": 0.75}, {"label": "dog", "score": 0.25}]
    assert LabelBars().show(scores, {}, True) == [{"cat": 0.75, "dog": 0.25}]


def test_a_transcripts_pieces_have_their_times_and_the_language_how_sure_it_is() -> None:
    value = {
        "text": "Bonjour.",
        "language": "fr",
        "language_probability": 0.876,
        "chunks": [{"text": "Bonjour.", "timestamp": [83.46, 85.0]}],
    }
    inputs = {"audio": {"path": "/a.wav"}}
    language, text, pieces = TranscriptView().show(value, inputs, True)
    assert (language["value"], text) == ("Language: French, 88%", "Bonjour.")
    assert 'data-start="83.46"' in pieces
    assert "Play from 1:23.5" in pieces
    given, *_ = TranscriptView().show({"text": "Bonjour.", "language": "fr"}, inputs, True)
    assert given["value"] == "Language: French"


def test_lines_are_compared_by_the_cosine_of_their_vectors() -> None:
    inputs = {"text": "one\ntwo", "pooling": "mean"}
    [drawn] = Vectors().show([[1.0, 0.0], [0.6, 0.8]], inputs, True)
    cells = re.findall(r"<td style=[^>]*>(-?[\d.]+)</td>", drawn)
    assert cells == ["1.00", "0.60", "0.60", "1.00"]


def test_a_text_is_kept_as_a_file() -> None:
    files = StreamedText("summary_text", "Summary").files()
    assert files["txt"]({"summary_text": "A cat."}, {}) == b"A cat.\n"


def test_speech_plays_its_pieces_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("components.results.sound.get_upload_folder", lambda: str(tmp_path))
    samples = np.arange(1000, dtype=np.int16)
    pieces, _ = Sound().show(Speech(samples, 8000, cuts=(300, 600, 1000)), {}, False)
    played = []
    for path in re.findall(r"file=([^\"]+)\"", pieces):
        with wave.open(path) as file:
            played.append(np.frombuffer(file.readframes(1000), np.int16).tolist())
    assert played == [samples[a:b].tolist() for a, b in ((0, 300), (300, 600), (600, 1000))]
