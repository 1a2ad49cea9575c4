"""What the transformers engine says of folders that it cannot load: each its own sentence."""

import importlib.util
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from pipelines.capabilities import Capability, Classify, ClassifyImage, Detect, Embed, Speak
from pipelines.engines import engine
from pipelines.engines.transformers.parts import missing
from pipelines.errors import ModelError
from pipelines.parse_json import DEEPEST
from pipelines.settings import Settings
from tests.tiny import build
from tests.tiny.tokenizers import set_class

SETTINGS = Settings(threads=1)
NESTED = '{"model_type": "bert", "a": %s}' % ("[" * DEEPEST + "]" * DEEPEST)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("bert-sequence-classification", tmp_path_factory.mktemp("bert"))


@pytest.fixture
def bert(made: Path, tmp_path: Path) -> Path:
    """A whole model, for the test to spoil."""
    return Path(shutil.copytree(made, tmp_path / "bert"))


def config(folder: Path, **facts: Any) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(facts), "utf-8")
    return folder


def refusal(folder: Path, *capabilities: Capability) -> ModelError:
    """What is said, when the Auto class is chosen or when the files are loaded."""
    transformers, wanted = engine("transformers"), capabilities or (Classify,)
    with pytest.raises(ModelError) as error:
        transformers.load(folder, transformers.variant(folder, wanted), SETTINGS)
    assert error.value.hint
    return error.value


def test_an_unknown_architecture(tmp_path: Path) -> None:
    said = refusal(config(tmp_path, model_type="quux", architectures=["QuuxModel"]))
    assert "does not know the architecture 'quux'" in said.sentence
    assert "names no architecture" in refusal(config(tmp_path, hidden_size=3)).sentence


def test_code_of_its_own(tmp_path: Path) -> None:
    said = refusal(config(tmp_path, model_type="quux", auto_map={"AutoModel": "code.Quux"}))
    assert "runs code of its own" in said.sentence


def test_another_tasks_architecture(bert: Path) -> None:
    said = refusal(bert, ClassifyImage)
    assert said.sentence == (
        "This model is a BertForSequenceClassification, made for another task."
    )


def test_an_adapter_without_its_model(tmp_path: Path) -> None:
    facts = {"base_model_name_or_path": "owner/base", "peft_type": "LORA"}
    (tmp_path / "adapter_config.json").write_text(json.dumps(facts), "utf-8")
    (tmp_path / "adapter_model.safetensors").write_bytes(b"")
    said = refusal(tmp_path)
    assert "an adapter (PEFT)" in said.sentence
    assert "owner/base" in said.hint


@pytest.mark.parametrize("text", ["", "[]", "{", NESTED], ids=["empty", "list", "cut", "nested"])
def test_an_unreadable_config(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text, "utf-8")
    assert "no readable config.json" in refusal(tmp_path).sentence


@pytest.mark.parametrize("size", [0, 4, 1000])
def test_broken_weights(bert: Path, size: int) -> None:
    weights = bert / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:size])
    said = refusal(bert)
    assert said.sentence == "This model's weights are broken."
    assert "fetch it again" in said.hint


def test_weights_that_are_no_safetensors(bert: Path) -> None:
    (bert / "model.safetensors").rename(bert / "pytorch_model.bin")
    assert "no weights in safetensors" in refusal(bert).sentence


def test_weights_of_another_size(bert: Path) -> None:
    facts = json.loads((bert / "config.json").read_text("utf-8"))
    config(bert, **{**facts, "hidden_size": 64})
    assert "cannot be loaded" in refusal(bert).sentence


def test_a_missing_library_is_named() -> None:
    from transformers import Qwen2VLVideoProcessor

    if importlib.util.find_spec("torchvision"):
        pytest.skip("torchvision is installed here")
    with pytest.raises(ImportError) as error:
        Qwen2VLVideoProcessor()
    assert missing(error.value).sentence == "This model needs torchvision, which is not installed."
    plain = missing(ModuleNotFoundError("No module named 'quux'", name="quux"))
    assert plain.sentence == "This model needs quux, which is not installed."


TIMM: list[dict[str, Any]] = [
    {"use_timm_backbone": True, "backbone": "resnet50"},  # facebook/detr-resnet-50
    {},
    {"backbone_config": {"model_type": "timm_backbone", "backbone": "resnet50"}},
]


@pytest.mark.parametrize("facts", TIMM, ids=["said", "unsaid", "of its own config"])
@pytest.mark.parametrize("kind", ["detr", "conditional_detr", "table-transformer"])
def test_a_timm_backbone_is_refused_before_there_are_weights(
    tmp_path: Path, kind: str, facts: dict[str, Any]
) -> None:
    if importlib.util.find_spec("timm"):
        pytest.skip("timm is installed here")
    with pytest.raises(ModelError) as error:
        engine("transformers").variant(config(tmp_path, model_type=kind, **facts), (Detect,))
    assert error.value.sentence == "This model needs timm, which is not installed."
    assert "YOLOS" in error.value.hint


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("detr", {"use_timm_backbone": False, "backbone_config": {"model_type": "resnet"}}),
        ("detr", {"backbone_config": {"model_type": "resnet"}}),
        ("rt_detr", {}),
        ("yolos", {}),
    ],
)
def test_other_backbones_do_without_timm(tmp_path: Path, kind: str, facts: dict[str, Any]) -> None:
    folder = config(tmp_path, model_type=kind, **facts)
    assert engine("transformers").variant(folder, (Detect,)) == "AutoModelForObjectDetection"


def test_a_library_that_is_missed_when_a_text_is_read_is_named(tmp_path: Path) -> None:
    if importlib.util.find_spec("phonemizer"):
        pytest.skip("phonemizer is installed here")
    folder = build("vits", tmp_path)
    set_class(folder, "VitsTokenizer", phonemize=True)  # as kakao-enterprise/vits-ljs
    voice = engine("transformers").load(folder, "AutoModelForTextToWaveform", SETTINGS)
    assert isinstance(voice, Speak)
    with pytest.raises(ModelError) as error:
        list(voice.speak("Good morning.", 1.0))
    assert error.value.sentence == "This model needs phonemizer, which is not installed."


@pytest.mark.parametrize("name", ["vit", "t5", "whisper", "wav2vec2-ctc"])
def test_what_reads_no_text_alone_is_refused_for_its_vectors(tmp_path: Path, name: str) -> None:
    folder = build(name, tmp_path / name)
    with pytest.raises(ModelError, match="does not turn a text alone into vectors"):
        engine("transformers").variant(folder, (Embed,))


@pytest.mark.parametrize("name", ["bert-encoder", "modernbert", "llama-chat", "gemma3-text"])
def test_encoders_and_decoders_of_text_give_vectors(tmp_path: Path, name: str) -> None:
    folder = build(name, tmp_path / name)
    assert engine("transformers").variant(folder, (Embed,)) == "AutoModel"
