"""What the page takes from a microphone, and what becomes of it."""

import base64
import json
from typing import Any

import gradio as gr
import numpy as np
import pytest

from components.live import Live, recordings
from pipelines import Playground
from pipelines.errors import InputError
from pipelines.inputs import Audio
from pipelines.inputs.live_sound import LiveSound
from pipelines.settings import Settings

RATE = 16_000


class Visitor(gr.Request):
    """Who has this page open."""

    def __init__(self, session: str) -> None:
        super().__init__()
        self.session_hash = session


@pytest.fixture
def live(settings: Settings) -> Live:
    with gr.Blocks():
        return Live(Playground(settings))


def message(samples: "np.ndarray", **of: Any) -> str:
    written = base64.b64encode(samples.astype("<i2").tobytes()).decode()
    return json.dumps({"rate": RATE, "samples": written, "last": False, **of})


def test_each_visitors_pieces_go_to_their_own_recording(live: Live) -> None:
    second = np.arange(RATE, dtype=np.int16)
    with live.recording("one") as one, live.recording("other") as other:
        live._append(message(second), Visitor("one"))
        live._append(message(second, last=True), Visitor("one"))
        live._append(message(second), Visitor("nobody"))
        sound = one({"audio": None}, {})["audio"]
        assert sound.seconds == pytest.approx(2, abs=0.1)
        assert len(next(sound.pieces(100))) == len(sound.samples)  # its last piece came
        assert other({}, {})["audio"].seconds == 0
    assert live._sounds == {}


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "null",
        "[]",
        "{}",
        json.dumps({"rate": RATE, "samples": "%%", "last": False}),
        json.dumps({"rate": RATE, "samples": "AA==", "last": False}),
        json.dumps({"rate": 1, "samples": "", "last": False}),
        json.dumps({"rate": "fast", "samples": "", "last": False}),
        json.dumps({"rate": RATE, "samples": 3, "last": False}),
    ],
)
def test_what_no_microphone_sends_gets_a_sentence(live: Live, sent: str) -> None:
    with live.recording("one"), pytest.raises(InputError, match="cannot use this recording"):
        live._append(sent, Visitor("one"))


@pytest.mark.parametrize("why", ["NotAllowedError", "NotFoundError", "NotSecure", None, [1]])
def test_why_there_is_no_microphone_is_said(live: Live, why: Any) -> None:
    with pytest.raises(InputError, match=r"microphone"):
        live._append(json.dumps({"refused": why}), Visitor("one"))


def test_a_recording_is_kept_as_a_sound_that_can_be_run_again(settings: Settings) -> None:
    sound = LiveSound(60)
    sound.append((np.sin(np.arange(RATE) / 5) * 9_000).astype(np.int16), RATE)
    sound.end()
    file = recordings({"audio": sound, "text": "x"})
    assert [*file] == ["audio"]
    again = Audio().read(file["audio"], settings)
    assert np.allclose(again.samples, sound.samples, atol=1e-3)
    assert recordings({"audio": {"path": "a.wav"}}) == {}
