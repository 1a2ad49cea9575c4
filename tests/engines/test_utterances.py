"""Long texts are spoken in pieces: cut where a speaker would pause, in bounded memory."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipelines import Playground
from pipelines.catalogue import Entry
from pipelines.engines.utterances import utterances

ROOT = Path(__file__).parents[2]

MEMORY = """
import resource, sys
from pathlib import Path
from pipelines.engines.piper import ENGINE
from pipelines.settings import Settings

model = ENGINE.load(Path(sys.argv[1]), "", Settings(threads=1))
next(model.speak("Hello.", 1.0))
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
before, text = peak(), ("over the lazy dog while rain falls on green hills " * 400)[:20_000]
heard = 0
for samples in model.speak(text, 1.0):
    heard += len(samples)
    if heard > 22_050 * 100 or peak() - before > 1.5e9:
        break
print(peak() - before)
"""


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Short, and whole.", ["Short, and whole."]),
        ("One is here. Two, three and four", ["One is here.", "Two, three and four"]),
        ("He came, he saw and he went away", ["He came,", "he saw and he went", "away"]),
        ("the lazy dog and the red fox", ["the lazy dog and the", "red fox"]),
        ("it costs 1,000,000 or 3.14 euros", ["it costs 1,000,000", "or 3.14 euros"]),
        ("x" * 45, ["x" * 20, "x" * 20, "x" * 5]),
        ("犬が走る。" * 5, ["犬が走る。" * 4, "犬が走る。"]),
        ("", [""]),
    ],
)
def test_a_text_is_cut_where_a_speaker_would_pause(text: str, pieces: list[str]) -> None:
    assert list(utterances(text, 20)) == pieces


def test_no_phoneme_of_a_long_text_is_lost() -> None:
    phonemes = list("ðə bɹaʊn fɑks, dʒʌmps ˌoʊvɚ " * 50)
    pieces = list(utterances(phonemes, 40))
    assert max(map(len, pieces)) <= 40
    assert [p for piece in pieces for p in piece if p != " "] == [p for p in phonemes if p != " "]


def test_speaking_20_000_characters_without_a_full_stop_takes_bounded_memory(
    starters: list[Entry], playground: Playground
) -> None:

    voice = next(entry for entry in starters if "text-to-speech" in entry.tasks)
    folder = playground.store.get(voice)
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert int(done.stdout) < 1e9
