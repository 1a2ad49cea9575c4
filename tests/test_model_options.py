"""The voices of a model: told before it is here and after, offered in its tab."""

import json
import shutil
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from components import links
from components.model_options import _voices, fitting
from components.widgets import option_widget
from pipelines import Playground
from pipelines.catalogue import Entry
from pipelines.engines import engine_for
from pipelines.errors import InputError
from pipelines.inputs import Voice
from pipelines.model_voices import voices_of
from pipelines.registry import task
from pipelines.settings import Settings
from tests.hub import Hub
from tests.tiny import build

SPEECH = task("text-to-speech")
NAMES = ["af_heart", "bf_emma", "ff_siwis"]


def test_voices_are_told_by_the_hubs_list_and_then_by_the_files(
    only_hub: Hub, tmp_path: Path
) -> None:
    only_hub.publish("ada/voices", build("kokoro", tmp_path / "tiny"), library_name=None)
    playground = Playground(Settings(cache=tmp_path / "cache"))
    assert voices_of(playground, SPEECH, "ada/voices") == NAMES
    folder = playground.store.get(playground.resolve(SPEECH, "ada/voices"))
    assert {file.stem for file in (folder / "voices").iterdir()} == set(NAMES)
    only_hub.stop()
    assert voices_of(Playground(Settings(cache=tmp_path / "cache")), SPEECH, "ada/voices") == NAMES


def test_a_model_of_one_voice_and_one_that_is_not_there_have_none(
    tiny: Playground, only_hub: Hub, tmp_path: Path
) -> None:
    assert voices_of(tiny, SPEECH, "vits") == []
    assert voices_of(Playground(Settings(cache=tmp_path)), SPEECH, "ada/nothing") == []


def test_the_box_offers_the_models_voices_and_keeps_one_that_it_has() -> None:
    offered = _voices(NAMES, None)
    assert (offered["choices"], offered["value"], offered["visible"]) == (NAMES, "af_heart", True)
    assert "value" not in _voices(NAMES, "bf_emma")
    assert _voices(["anna", "bob"], "bf_emma")["value"] == "anna"


def test_the_box_is_hidden_where_there_is_nothing_to_choose() -> None:
    for names in ([], ["af_heart"]):
        assert _voices(names, None)["visible"] is False
    assert _voices([], "bf_emma")["value"] is None
    [parameter] = [one for one in SPEECH.options if isinstance(one.spec, Voice)]
    with gr.Blocks():
        assert option_widget(parameter, None).visible is False


def test_another_model_is_not_asked_for_the_firsts_voice(tiny: Playground) -> None:
    asked = {"length_scale": 2.0, "voice": "bf_emma"}
    assert fitting(asked, "vits", SPEECH, tiny) == {"length_scale": 2.0, "voice": None}
    assert fitting(asked, "kokoro", SPEECH, tiny) == asked


def test_a_link_names_a_voice_that_only_its_model_knows(playground: Playground) -> None:
    [parameter] = [one for one in SPEECH.options if isinstance(one.spec, Voice)]
    with gr.Blocks():
        fields = {"voice": option_widget(parameter, None)}
    found = links.filled({"voice": ["bf_emma"]}, fields, SPEECH, playground)
    assert found == {fields["voice"]: "bf_emma"}


@pytest.mark.parametrize(
    ("sent", "read"), [(None, None), ("", None), (" ", None), ("anna ", "anna")]
)
def test_no_voice_is_the_models_first(sent: Any, read: str | None) -> None:
    assert Voice("").read("voice", sent, Settings()) == read


@pytest.mark.parametrize("sent", [1, ["anna"], "a" * 201])
def test_what_is_no_name_is_refused(sent: Any) -> None:
    with pytest.raises(InputError, match="voice cannot be"):
        Voice("").read("voice", sent, Settings())


def test_the_speakers_of_a_piper_voice_are_its_voices(
    starters: list[Entry], playground: Playground, tmp_path: Path
) -> None:
    starter = next(one for one in starters if SPEECH.id in one.tasks)
    assert voices_of(playground, SPEECH, starter.name) == []
    folder = shutil.copytree(playground.store.get(starter), tmp_path / "speakers")
    [config] = folder.glob("*.onnx.json")
    facts = json.loads(config.read_text("utf-8"))
    facts |= {"num_speakers": 3, "speaker_id_map": {"bob": 1, "anna": 0, "cleo": 2}}
    config.write_text(json.dumps(facts), "utf-8")
    assert engine_for(folder).voices(folder) == ["anna", "bob", "cleo"]
    config.write_text(json.dumps({**facts, "default_speaker_id": 2}), "utf-8")
    assert engine_for(folder).voices(folder) == ["cleo", "anna", "bob"]
