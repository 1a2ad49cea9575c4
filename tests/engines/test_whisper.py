"""The faster-whisper engine on a tiny CTranslate2 folder: chosen by its files; English only."""

from pathlib import Path

import numpy as np
import pytest

from pipelines import Playground
from pipelines.capabilities import Chat, IdentifyLanguage
from pipelines.engines import engine, engine_for
from pipelines.errors import InputError, ModelError
from tests.tiny import build

HEARING = "automatic-speech-recognition"
WAVE = (16_000, np.sin(np.arange(16_000) * 0.05).astype(np.float32))


def test_a_ctranslate2_folder_goes_to_faster_whisper(tmp_path: Path) -> None:
    folder = build("whisper-ctranslate2", tmp_path)
    assert engine_for(folder).name == "faster-whisper"
    with pytest.raises(ModelError, match="a Whisper model, made for another task"):
        engine("faster-whisper").variant(folder, (Chat,))


@pytest.mark.parametrize("options", [{"language": "fr"}, {"task": "translate"}])
def test_english_only_is_said_plainly(tiny: Playground, options: dict[str, str]) -> None:
    with pytest.raises(InputError, match="knows English only"):
        tiny.run(HEARING, {"audio": WAVE}, "whisper-ctranslate2", options)


def test_english_only_tells_no_languages(tiny: Playground) -> None:
    folder = tiny.store.local(tiny.catalogue["whisper-ctranslate2"])
    assert folder
    model = engine("faster-whisper").load(folder, "", tiny.settings)
    assert isinstance(model, IdentifyLanguage)
    with pytest.raises(InputError, match="knows English only"):
        model.identify_language(None)  # type: ignore[arg-type]  # it is not looked at
