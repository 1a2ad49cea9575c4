"""The piper engine: text is never phonemes, and memory is bounded and given back."""

import json
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines import Playground
from pipelines.catalogue import Entry
from pipelines.engines.onnx_session import OnnxSession
from pipelines.engines.piper import ENGINE, LONGEST, PiperModel
from pipelines.errors import Cancelled, InputError
from pipelines.run import Run

ROOT = Path(__file__).parents[2]

MEMORY = """
import json, sys
from pathlib import Path
import psutil
from pipelines.engines.piper import ENGINE
from pipelines.settings import Settings

model = ENGINE.load(Path(sys.argv[1]), "", Settings(threads=1))
list(model.speak("Hello.", 1.0))
memory = lambda: psutil.Process().memory_info().rss
# getrusage's would be the most that the process which started this one has held.
status = Path("/proc/self/status")
most = lambda: 1024 * int(status.read_text().partition("VmHWM:")[2].split()[0])
before, text = memory(), ("over the lazy dog while rain falls on green hills " * 400)[:20_000]
heard = 0
for samples in model.speak(text, 1.0):
    heard += len(samples)
    if heard > 22_050 * 60 or most() - before > 1e9:
        break
print(json.dumps({"peak": most() - before, "after": memory() - before}))
"""


@pytest.fixture(scope="module")
def folder(starters: list[Entry], playground: Playground) -> Path:
    return playground.store.get(next(one for one in starters if "text-to-speech" in one.tasks))


@pytest.fixture(scope="module")
def voice(folder: Path) -> PiperModel:
    return PiperModel(next(folder.glob("*.onnx")), 1)


def said(voice: PiperModel, text: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The phonemes of each utterance that the voice is given."""
    utterances: list[str] = []

    def run(session: object, outputs: object, inputs: dict[str, object]) -> list[object]:
        return [np.zeros((1, 1, 1, 8), np.float32)]

    ids = voice._voice.phonemes_to_ids

    def heard(phonemes: list[str]) -> list[int]:
        utterances.append("".join(phonemes))
        return list(ids(phonemes))

    monkeypatch.setattr(OnnxSession, "run", run)
    monkeypatch.setattr(voice._voice, "phonemes_to_ids", heard)
    list(voice.speak(text, 1.0))
    return utterances


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("See [[Home Page]] for details.", "See Home Page for details."),
        ("[[one, two], [three, four]]", "one, two, three, four"),
        ("call [[[[arrays]]]] now", "call arrays now"),
    ],
)
def test_brackets_are_text_and_no_phonemes(
    voice: PiperModel, text: str, plain: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = [
        [c for c in "".join(said(voice, one, monkeypatch)) if c.isalpha()] for one in (text, plain)
    ]
    assert letters[0] == letters[1]


def test_a_long_sentence_is_spoken_in_clauses(
    voice: PiperModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    clause = "when the rain falls on the green hills of the island"
    utterances = said(voice, ", ".join([clause] * 20) + ".", monkeypatch)
    assert max(map(len, utterances)) <= LONGEST
    assert len(utterances) < 10
    assert all(one.rstrip()[-1] in ",." for one in utterances)
    assert said(voice, "Short, and whole.", monkeypatch) == ["ʃˈɔːɹt, ænd hˈoʊl."]


def test_digits_without_end_are_spoken_in_short_utterances(
    voice: PiperModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert max(map(len, said(voice, "7" * 500, monkeypatch))) <= LONGEST


def test_20_000_characters_without_a_full_stop_take_bounded_memory_and_give_it_back(
    folder: Path,
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    memory = json.loads(done.stdout)
    assert memory["peak"] < 6e8
    assert memory["after"] < 1.5e8


@pytest.mark.parametrize(("voice", "speaker"), [(None, 1), ("bob", 1), ("anna", 0)])
def test_the_speaker_that_is_asked_for_speaks(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, voice: str | None, speaker: int
) -> None:
    model = several(folder, tmp_path / "several")
    asked: list[int] = []

    def run(session: object, outputs: object, inputs: dict[str, Any]) -> list[object]:
        asked.extend(inputs["sid"])
        return [np.zeros((1, 1, 1, 8), np.float32)]

    monkeypatch.setattr(OnnxSession, "run", run)
    list(model.speak("Good day.", 1.0, voice))
    assert asked == [speaker]


def test_a_speaker_that_it_has_not_is_refused_with_those_it_has(
    folder: Path, voice: PiperModel, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"no voice 'joe'\. Choose from bob, anna\."):
        several(folder, tmp_path / "several").language_of("joe")
    with pytest.raises(InputError, match=r"no voice 'joe'\. It has one: leave voice out\."):
        voice.language_of("joe")


def test_the_default_speaker_is_the_first_of_its_voices(tmp_path: Path) -> None:
    speakers = {"anna": 0, "bob": 1, "carl": 2}
    facts = {"num_speakers": 3, "speaker_id_map": speakers, "default_speaker_id": 1}
    (tmp_path / "voice.onnx").touch()
    (tmp_path / "voice.onnx.json").write_text(json.dumps(facts), "utf-8")
    assert ENGINE.voices(tmp_path) == ["bob", "anna", "carl"]


def several(folder: Path, copy: Path) -> PiperModel:
    """The voice as one of two speakers would be, the second its default."""
    shutil.copytree(folder, copy)
    [config] = copy.glob("*.onnx.json")
    facts = json.loads(config.read_text("utf-8"))
    facts |= {"num_speakers": 2, "speaker_id_map": {"anna": 0, "bob": 1}, "default_speaker_id": 1}
    config.write_text(json.dumps(facts), "utf-8")
    return PiperModel(next(copy.glob("*.onnx")), 1)


class Terminated:
    """Stands for an ONNX Runtime session that computes until it is told to end."""

    def run(self, outputs: Any, inputs: Any, options: Any) -> Any:
        while not options.terminate:
            time.sleep(0.01)
        raise RuntimeError("Exiting due to terminate flag being set to true.")


def test_stop_ends_an_utterance_in_its_middle() -> None:
    with Run().active() as run:
        threading.Timer(0.1, run.cancel.set).start()
        with pytest.raises(Cancelled):
            OnnxSession(Terminated()).run(None, {})
