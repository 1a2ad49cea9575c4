"""text-to-speech on transformers' voices that need more than their weights: SpeechT5 and Bark."""

import gc
import shutil
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from numpy.typing import NDArray

from pipelines.engines import engine
from pipelines.engines.transformers.speech_synthesis import Synthesizer
from pipelines.errors import ModelError
from pipelines.run import Run
from pipelines.settings import Settings
from tests.tiny import build

pytestmark = pytest.mark.slow

TEXT = "the lion sleeps"
HEADS = {"speecht5": "AutoModelForTextToSpectrogram", "bark": "AutoModelForTextToWaveform"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("speecht5", tmp_path_factory.mktemp("speecht5"))


@pytest.fixture
def speecht5(made: Path, tmp_path: Path) -> Path:
    """A whole voice, for the test to change."""
    return Path(shutil.copytree(made, tmp_path / "voice"))


def loaded(folder: Path, name: str) -> Synthesizer:
    model = engine("transformers").load(folder, HEADS[name], Settings(threads=1))
    assert isinstance(model, Synthesizer)
    return model


def spoken(folder: Path, name: str) -> NDArray[np.float32]:
    model = loaded(folder, name)
    torch.manual_seed(0)
    return np.concatenate(list(model.speak(TEXT, 1.0)))


def as_int16(wave: Any) -> Any:
    return (wave.detach().float().numpy().reshape(-1).clip(-1, 1) * 32767).astype("int16")


def test_speecht5_speaks_through_its_vocoder_with_its_speaker(speecht5: Path) -> None:
    model = transformers.SpeechT5ForTextToSpeech.from_pretrained(speecht5).eval()
    vocoder = transformers.SpeechT5HifiGan.from_pretrained(speecht5 / "vocoder").eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(speecht5)
    voice = torch.from_numpy(np.load(speecht5 / "speaker_embeddings" / "anna.npy")).reshape(1, -1)
    torch.manual_seed(0)  # its prenet drops at random, also when it speaks
    ids = tokenizer(TEXT, return_tensors="pt")["input_ids"]
    theirs = as_int16(model.generate_speech(ids, voice, vocoder=vocoder))
    assert np.abs(spoken(speecht5, "speecht5").astype(int) - theirs).max() <= 1


def test_a_long_text_is_spoken_a_piece_at_a_time(speecht5: Path) -> None:
    model = loaded(speecht5, "speecht5")
    sentence = "the lion sleeps " * 9 + "here. "
    with Run().active():
        assert len(list(model.speak(sentence * 3, 1.0))) == 3


def test_without_a_speaker_it_says_that_a_neutral_voice_speaks(speecht5: Path) -> None:
    shutil.rmtree(speecht5 / "speaker_embeddings")
    with Run().active() as run:
        assert len(spoken(speecht5, "speecht5"))
    assert any("neutral one speaks" in note for note in run.notes)


def test_without_its_vocoder_it_says_what_is_missing(speecht5: Path) -> None:
    shutil.rmtree(speecht5 / "vocoder")
    with pytest.raises(ModelError, match="speaks through a vocoder") as error:
        spoken(speecht5, "speecht5")
    assert "vocoder/" in error.value.hint


def test_bark_says_what_transformers_generates(tmp_path: Path) -> None:
    folder = build("bark", tmp_path)
    model = transformers.BarkModel.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    inputs = tokenizer(
        TEXT,
        return_tensors="pt",
        padding="max_length",
        max_length=256,
        add_special_tokens=False,
        return_token_type_ids=False,
    )
    torch.manual_seed(0)
    theirs = as_int16(model.generate(**inputs))
    assert np.abs(spoken(folder, "bark").astype(int) - theirs).max() <= 1


def test_a_vocoder_is_freed_with_its_model(speecht5: Path) -> None:
    model = loaded(speecht5, "speecht5")
    assert model.vocoder is not None
    weights = weakref.ref(next(model.vocoder.parameters()))
    model.close()
    gc.collect()
    assert weights() is None
