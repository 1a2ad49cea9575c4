"""The kokoro engine: whose files it takes, how it reads a text, which voice speaks.

The model is that of tests/tiny/onnx_files.py, whose samples tell tokens and style; espeak is real.
"""

import shutil
import unicodedata
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines.engines import engine_for, engine_for_listing
from pipelines.engines.kokoro import ENGINE, LONGEST, KokoroModel
from pipelines.engines.kokoro_phonemes import phonemes
from pipelines.engines.onnx_session import OnnxSession
from pipelines.errors import InputError
from pipelines.settings import Settings
from pipelines.store.plan import needed, whole
from tests.tiny import build
from tests.tiny.onnx_files import SAMPLES, SIGNS, STYLE, style_level

LISTED = ["README.md", "config.json", "tokenizer.json", "tokenizer_config.json", "onnx/model.onnx"]
QUANTIZED = ["onnx/model_fp16.onnx", "onnx/model_quantized.onnx"]
VOICES = [
    f"voices/{name}.bin" for name in ("am_adam", "af_heart", "bf_emma", "jf_alpha", "zm_yunxi")
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("kokoro", tmp_path_factory.mktemp("kokoro"))


@pytest.fixture(scope="module")
def model(made: Path) -> KokoroModel:
    return ENGINE.load(made, "", Settings(threads=1))


def heard(samples: Any, voice: str) -> str:
    """The phonemes of one pass of the tiny model, by the style for as many of them."""
    rows = samples.reshape(-1, SAMPLES)
    assert (rows == rows[:, :1]).all()
    first, *tokens, last = rows[:, 0] / 32767 * 256
    assert first == last == 0
    level = style_level(voice, len(tokens))
    return "".join(SIGNS[round(token / level) - 1] for token in tokens)


@pytest.mark.parametrize(
    ("language", "text", "spoken"),
    [
        ("en-us", "Good day, little church.", "ɡˈʊd dˈA, lˈɪTᵊl ʧˈɜɹʧ."),
        ("en-us", "A certain balloon? Go now!", "ə sˈɜɹtᵊn bəlˈun? ɡˌO nˈW!"),
        ("en-gb", "The air here is clear; go home.", "ðɪ ˈɛː hˈɪəɹ ɪz klˈɪə; ɡˌQ hˈQm."),
        ("es", "El niño habla.", "el nˈiɲo ˈaβla."),
        ("fr", "Un bon vin blanc.", "œ̃ bˈɔ̃ vˈɛ̃ blˈɑ̃."),
        ("hi", "बड़ा देश", "bˈʌɽaː dˈeːʃ"),
        ("it", "Ragazzo, ciao.", "ɾaɡˈaʦːo, ʧˈao."),
        ("pt-br", "Bom dia, não.", "bˈõn ʤˈiʲɐ, nˈɐ̃ʊ̃."),
    ],
)
def test_a_text_is_read_as_the_model_was_trained_to(language: str, text: str, spoken: str) -> None:
    assert phonemes(text, language) == unicodedata.normalize("NFD", spoken)


def test_brackets_are_text_and_no_phonemes() -> None:
    assert phonemes("See [[home]].", "en-us") == phonemes("See home.", "en-us")


@pytest.mark.parametrize(
    ("voice", "language"), [(None, "en-us"), ("bf_emma", "en-gb"), ("ff_siwis", "fr")]
)
def test_a_voice_speaks_its_language_in_its_style(
    model: KokoroModel, voice: str | None, language: str
) -> None:
    assert model.language_of(voice) == language
    [samples] = model.speak("Good day.", 1.0, voice)
    assert samples.dtype == np.int16
    assert heard(samples, voice or "af_heart") == phonemes("Good day.", language)


@pytest.mark.parametrize("text", ["A", "Good day.", "Good day, " * 20])
def test_the_style_is_that_of_as_many_phonemes(
    model: KokoroModel, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, given = OnnxSession.run, []

    def noted(session: OnnxSession, outputs: Any, inputs: Any) -> Any:
        given.append(inputs)
        return run(session, outputs, inputs)

    monkeypatch.setattr(OnnxSession, "run", noted)
    list(model.speak(text, 1.0, "bf_emma"))
    [inputs] = given
    count = inputs["input_ids"].shape[1] - 2
    assert inputs["style"].shape == (1, STYLE)
    assert inputs["style"][0, 0] == np.float32(style_level("bf_emma", count))


def test_what_is_too_loud_is_cut_off_and_does_not_turn_over(
    model: KokoroModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    wave = np.array([[0.5, 1.5, -3.0]], np.float32)
    monkeypatch.setattr(OnnxSession, "run", lambda *_: [wave])
    [samples] = model.speak("A", 1.0)
    assert samples.tolist() == [16383, 32767, -32767]


@pytest.mark.parametrize(
    ("voice", "said"),
    [
        ("jf_alpha", "jf_alpha speaks Japanese, whose pronunciation is not known here."),
        ("zm_yunxi", "zm_yunxi speaks Chinese, whose pronunciation is not known here."),
        ("alloy", "This model has no voice 'alloy'."),
        ("journey", "This model has no voice 'journey'."),
    ],
)
def test_a_voice_that_cannot_speak_is_refused_with_those_that_can(
    model: KokoroModel, voice: str, said: str
) -> None:
    with pytest.raises(InputError) as error:
        list(model.speak("Good day.", 1.0, voice))
    assert error.value.sentence == said
    assert error.value.hint == "Choose from af_heart, bf_emma, ff_siwis."


def test_a_long_sentence_is_spoken_in_clauses(model: KokoroModel) -> None:
    clause = "when the rain falls on the green hills of the island"
    pieces = [heard(one, "af_heart") for one in model.speak(", ".join([clause] * 20), 1.0)]
    assert max(map(len, pieces)) <= LONGEST
    assert all(len(one + other) > LONGEST for one, other in pairwise(pieces))
    assert all(one.endswith(",") for one in pieces[:-1])
    told = phonemes(clause, "en-us")
    assert "".join(pieces).count(told) == 20


def test_digits_without_end_are_spoken_in_short_pieces(model: KokoroModel) -> None:
    pieces = [heard(one, "af_heart") for one in model.speak("7" * 300, 1.0)]
    assert max(map(len, pieces)) <= LONGEST
    assert "sˈɛvənsˈɛvən" in pieces[0]


@pytest.mark.parametrize(("length_scale", "times"), [(2.0, 2), (0.5, 0.5)])
def test_length_scale_slows_it_down(model: KokoroModel, length_scale: float, times: float) -> None:
    [usual] = model.speak("Good day.", 1.0)
    [other] = model.speak("Good day.", length_scale)
    assert len(other) == times * len(usual)


def test_what_has_no_sound_is_not_spoken(model: KokoroModel) -> None:
    assert list(model.speak("…", 1.0)) == []


def test_the_files_are_those_of_one_model_and_the_voices_that_are_read() -> None:
    small = ["config.json", "tokenizer.json", "tokenizer_config.json"]
    voices = [f"voices/{name}.bin" for name in ("af_heart", "am_adam", "bf_emma")]
    assert needed([*LISTED, *QUANTIZED, *VOICES]) == [*small, *voices, "onnx/model_quantized.onnx"]
    assert needed([*LISTED, *VOICES]) == [*small, *voices, "onnx/model.onnx"]


@pytest.mark.parametrize(
    "names",
    [
        LISTED,  # an ONNX model of another task
        [*LISTED, "voices/expr-voice-2-f.bin"],  # KittenTTS, which has the same layout
        [*LISTED, *VOICES[3:]],  # no voice that can be read
        [*(name for name in LISTED if name != "tokenizer.json"), *VOICES],
    ],
)
def test_what_only_looks_like_it_is_left_to_others(names: list[str]) -> None:
    assert engine_for_listing(names) is None
    assert engine_for_listing([*names, "model.safetensors"]) is not ENGINE


def test_a_folder_is_told_by_its_files(made: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(made, tmp_path / "kokoro"))
    assert engine_for(folder) is ENGINE
    assert whole(folder)
    (folder / "onnx/model_quantized.onnx").unlink()
    assert not whole(folder)
    assert engine_for(folder) is not ENGINE


def test_memory_is_told_by_the_weights_alone(made: Path) -> None:
    size = (made / "onnx/model_quantized.onnx").stat().st_size
    assert ENGINE.memory_of(made) == pytest.approx(1.8 * size, abs=1)
