"""Converted models: made once, whole or not at all, noticed when damaged, left to transformers
where they would answer differently."""

import json
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from pipelines.capabilities import Classify, Embed
from pipelines.engines import conversion, engine, engine_for
from pipelines.engines.conversion import REFUSED, Converter, Unconverted, converted
from pipelines.engines.openvino import convert
from pipelines.engines.openvino.engine import CONVERTER
from pipelines.engines.openvino.model import GRAPH, WEIGHTS
from pipelines.errors import Cancelled
from pipelines.progress import Progress
from pipelines.run import Run
from pipelines.settings import Settings
from tests.conftest import ROOT
from tests.tiny import build
from tests.tiny_playground import OWN_PROCESS, in_this_process

pytestmark = pytest.mark.slow

AUTO = "AutoModelForSequenceClassification"
TEXT = "the lion sleeps under an old tree"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("bert-sequence-classification", tmp_path_factory.mktemp("bert"))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(Settings(), cache=tmp_path / "cache", threads=1)


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The conversions that take place, each in this process."""
    made: list[Path] = []

    def counted(converter: Converter, folder: Path, *given: Any) -> Any:
        made.append(folder)
        return in_this_process(converter, folder, *given)

    monkeypatch.setattr(conversion, "child", counted)
    return made


def scores(folder: Path, settings: Settings, name: str = "openvino") -> tuple[Any, str]:
    """The label scores of a text, and the engine that served it."""
    model = engine(name).load(folder, AUTO, settings)
    assert isinstance(model, Classify)
    try:
        return dict(model.classify([TEXT])[0]), getattr(model, "engine", name)
    finally:
        model.close()


def test_a_model_is_converted_once(
    source: Path, settings: Settings, in_process: list[Path]
) -> None:
    first = scores(source, settings)
    assert scores(source, settings) == first
    assert in_process == [source]
    assert first[0] == pytest.approx(scores(source, settings, "transformers")[0], abs=0.01)


def test_other_weights_are_another_model(
    source: Path, settings: Settings, in_process: list[Path], tmp_path: Path
) -> None:
    own = tmp_path / "own"
    shutil.copytree(source, own)
    before = scores(own, settings)
    from safetensors.numpy import load_file, save_file

    weights = load_file(own / "model.safetensors")
    weights["classifier.bias"][0] += 3
    save_file(weights, own / "model.safetensors", {"format": "pt"})
    after = scores(own, settings)
    assert len(in_process) == 2
    assert after[0] != pytest.approx(before[0], abs=0.1)


def test_another_pooling_is_another_model(
    settings: Settings, in_process: list[Path], tmp_path: Path
) -> None:
    own = build("sentence-bert-cls", tmp_path / "own")
    found = []
    for pooling in ("cls", "mean"):
        (own / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode": pooling}))
        model = engine("openvino").load(own, "AutoModel", settings)
        assert isinstance(model, Embed)
        auto, named = (
            model.embed([TEXT], pooling=one, normalize=True) for one in ("auto", pooling)
        )
        assert auto == pytest.approx(named)
        found.append(auto)
        model.close()
    assert found[0] != pytest.approx(found[1], abs=1e-3)


@pytest.mark.parametrize("name", [GRAPH, WEIGHTS, "tokenizer.json", "about.json", "made.json"])
def test_a_damaged_file_is_noticed_and_converted_again(
    name: str, source: Path, settings: Settings, in_process: list[Path]
) -> None:
    whole = scores(source, settings)
    [made] = settings.cache.glob("openvino/*/made.json")
    damaged = made.parent / name
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 0xFF
    damaged.write_bytes(content)
    assert scores(source, settings) == whole
    assert len(in_process) == 2


def test_a_missing_file_is_noticed_too(
    source: Path, settings: Settings, in_process: list[Path]
) -> None:
    whole = scores(source, settings)
    [made] = settings.cache.glob("openvino/*/made.json")
    (made.parent / WEIGHTS).unlink()
    assert scores(source, settings) == whole


def test_what_answers_differently_is_left_to_transformers(
    source: Path,
    settings: Settings,
    in_process: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(convert, "TOLERANCE", -1.0)
    caplog.set_level("WARNING", "playground")
    answer, served_by = scores(source, settings)
    assert served_by == "transformers"
    assert "is served by transformers: its answers differ from torch's by" in caplog.text
    assert answer == pytest.approx(scores(source, settings, "transformers")[0])
    assert scores(source, settings)[1] == "transformers"
    assert len(in_process) == 1  # the reason is kept
    [marker] = settings.cache.glob(f"openvino/*/{REFUSED}")
    assert "differ" in json.loads(marker.read_text())["reason"]
    assert [*marker.parent.iterdir()] == [marker]


def test_a_broken_folder_is_said_as_transformers_says_it(
    source: Path, settings: Settings, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    shutil.copytree(source, own)
    (own / "model.safetensors").write_bytes(b"no weights")
    from pipelines.errors import ModelError

    with pytest.raises(ModelError, match="weights are broken"):
        engine("openvino").load(own, AUTO, settings)


def test_where_nothing_can_be_written_transformers_serves_and_the_log_says_why(
    source: Path, tmp_path: Path, in_process: list[Path], caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    settings = replace(Settings(), cache=blocked, threads=1)
    assert scores(source, settings)[1] == "transformers"
    assert "cannot be written" in caplog.text


def test_a_full_disk_leaves_nothing_half(
    source: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(converter: Converter, folder: Path, variant: str, target: Path, *rest: Any) -> Any:
        (target / GRAPH).write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(conversion, "child", full)
    with pytest.raises(Unconverted, match="No space left"):
        converted(CONVERTER, source, AUTO, settings, None)
    assert [one.name for one in (settings.cache / "openvino").iterdir() if one.is_dir()] == []


def test_a_copy_whose_source_has_gone_is_deleted(
    source: Path, settings: Settings, in_process: list[Path], tmp_path: Path
) -> None:
    own = tmp_path / "own"
    shutil.copytree(source, own)
    with (own / "vocab.txt").open("a") as file:
        file.write("another\n")
    scores(own, settings)
    shutil.rmtree(own)
    scores(source, settings)
    [made] = settings.cache.glob("openvino/*/made.json")
    assert json.loads(made.read_text())["made_from"] == [AUTO, str(source)]


def test_what_an_earlier_version_made_is_deleted(
    source: Path, settings: Settings, in_process: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    scores(source, settings)
    monkeypatch.setattr(Converter, "key", lambda *_: "of-another-version")
    scores(source, settings)
    assert len(in_process) == 2
    assert len(list(settings.cache.glob("openvino/*/made.json"))) == 1


def test_stopping_kills_the_child_and_leaves_nothing(
    source: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversion, "child", OWN_PROCESS)
    told: list[Progress] = []
    run = Run()

    def report(progress: Progress) -> None:
        told.append(progress)
        if "torch" in progress.text:
            run.cancel.set()

    run.report = report
    with run.active(), pytest.raises(Cancelled):
        converted(CONVERTER, source, AUTO, settings, None)
    assert any("Converting once" in one.text for one in told)
    assert [one.name for one in (settings.cache / "openvino").iterdir() if one.is_dir()] == []
    assert not [one for one in psutil.Process().children() if "convert" in " ".join(one.cmdline())]


TWO = """
import sys
from dataclasses import replace
from pathlib import Path
from pipelines.engines import engine
from pipelines.settings import Settings
settings = replace(Settings(), cache=Path(sys.argv[2]), threads=1)
model = engine("openvino").load(Path(sys.argv[1]), sys.argv[3], settings)
print(model.classify(["the lion"]))
print([name for name in ("torch", "transformers") if name in sys.modules])
"""


def test_two_processes_convert_one_model_once(source: Path, settings: Settings) -> None:
    command = [sys.executable, "-c", TWO, str(source), str(settings.cache), AUTO]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    began = time.time()
    both = [
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        for _ in range(2)
    ]
    said = [one.communicate(timeout=200) for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    assert said[0][0] == said[1][0]
    assert said[0][0].splitlines()[1] == "[]"  # neither imported torch or transformers
    [made] = settings.cache.glob("openvino/*/made.json")
    assert made.stat().st_mtime > began


def test_eight_threads_get_their_own_answers(
    source: Path, settings: Settings, in_process: list[Path]
) -> None:
    model = engine("openvino").load(source, AUTO, replace(settings, threads=2))
    assert isinstance(model, Classify)
    texts = [f"the lion {'sleeps ' * n} {n}" for n in range(8)]
    alone = [dict(model.classify([text])[0]) for text in texts]
    wrong: list[int] = []

    def visitor(number: int) -> None:
        for _ in range(20):
            if dict(model.classify([texts[number]])[0]) != pytest.approx(alone[number], abs=1e-5):
                wrong.append(number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(visitor, range(8)))
    model.close()
    assert wrong == []


def test_a_family_without_a_head_here_is_left_to_transformers(tmp_path: Path) -> None:
    for config in (
        {"model_type": "bert", "architectures": ["BertLMHeadModel"]},
        {"model_type": "llama", "architectures": ["LlamaForSequenceClassification"]},
        {"model_type": "detr", "architectures": ["DetrForObjectDetection"]},  # timm's backbone
        {
            "model_type": "bert",
            "architectures": ["BertModel"],
            "quantization_config": {"bits": 4},
        },
    ):
        (tmp_path / "config.json").write_text(json.dumps(config))
        assert engine_for(tmp_path).name == "transformers", config
    (tmp_path / "config.json").write_text('{"model_type": "bert", "architectures": ["BertModel"]}')
    assert engine_for(tmp_path).name == "openvino"
    assert engine_for(tmp_path).variant(tmp_path, (Embed,)) == "AutoModel"


def test_ends_of_answers_are_found_in_float32_on_every_processor(
    tmp_path: Path, settings: Settings, in_process: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(convert, "FORMS", ((True, None), (True, "f32")))
    folder = build("bert-question-answering", tmp_path)
    model: Any = engine("openvino").load(folder, "AutoModelForQuestionAnswering", settings)
    try:
        assert model.compiled.precision == "f32"
        assert model.about["precision"] == "f32"
    finally:
        model.close()
