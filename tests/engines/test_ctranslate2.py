"""Encoder-decoders on CTranslate2: what transformers writes, by a model that was converted once."""

import gc
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pipelines import Playground
from pipelines.capabilities import Classify, Summarize, Translate
from pipelines.engines import conversion, engine, engine_for
from pipelines.engines.conversion import Refused
from pipelines.engines.ctranslate2 import convert as converting
from pipelines.engines.ctranslate2 import model as ctranslate2_model
from pipelines.engines.ctranslate2.model import TextToText, _Watch
from pipelines.errors import Cancelled, ModelError
from pipelines.run import Run
from pipelines.settings import Settings
from tests.conftest import ROOT
from tests.tiny import build
from tests.tiny_playground import OWN_PROCESS, in_this_process

pytestmark = pytest.mark.slow

FAMILIES = ["t5", "marian", "marian-spm", "nllb", "mbart50", "m2m100", "bart", "pegasus"]
TEXT = "The lion sleeps under an old tree while two birds sing above him."
STARTER = ROOT / "assets" / "starters" / "translation"
SCENES = [
    "A dog runs along the beach.",
    "Two women are sitting at a table and drinking coffee.",
    "A man in a blue shirt is standing on a ladder.",
    "A group of people is walking through the city.",
    "A boy jumps into the water.",
]


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """Settings with a cache of the test's own; conversions run in this process."""
    monkeypatch.setattr(conversion, "child", in_this_process)
    return replace(Settings(), cache=tmp_path / "cache", threads=1)


def load(folder: Path, settings: Settings) -> Any:
    chosen = engine_for(folder)
    assert chosen.name == "ctranslate2"
    return chosen.load(folder, chosen.variant(folder, (Translate, Summarize)), settings)


def changed(folder: Path, **settings: object) -> Path:
    """The folder, its generation_config.json with these settings."""
    file = folder / "generation_config.json"
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | settings), "utf-8")
    return folder


def generated(folder: Path, text: str, **options: Any) -> str:
    """What transformers writes."""
    import torch
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSeq2SeqLM.from_pretrained(folder, dtype=torch.float32).eval()
    made = model.generate(**tokenizer(text, return_tensors="pt"), **options)
    return str(tokenizer.decode(made[0], skip_special_tokens=True))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_is_converted_and_no_fallback(family: str, tmp_path: Path, here: Settings) -> None:
    model = load(build(family, tmp_path / family), here)
    assert isinstance(model, TextToText)
    assert model.engine == "ctranslate2"


@pytest.mark.parametrize(
    "settings",
    [
        {"forced_bos_token_id": 7},
        {"no_repeat_ngram_size": 2},
        {"min_length": 9, "forced_bos_token_id": 7},
        {"min_new_tokens": 5},
        {"suppress_tokens": [184, 28]},
        {"bad_words_ids": [[184], [215, 181]]},
        {"forced_eos_token_id": None},
        {"max_length": 3, "num_beams": 4},  # the adapter's own limits count
    ],
    ids=str,
)
@pytest.mark.parametrize("family", ["bart", "pegasus"])
def test_it_writes_as_the_generation_config_says(
    family: str, settings: dict[str, Any], tmp_path: Path, here: Settings
) -> None:
    folder = changed(build(family, tmp_path / family), **settings)
    model = load(folder, here)
    assert isinstance(model, TextToText)
    ours = "".join(model.summarize(TEXT, max_new_tokens=20))
    assert ours == generated(folder, TEXT, num_beams=1, max_new_tokens=20)


@pytest.mark.parametrize("fewest", [0, 6, 19, 50])
@pytest.mark.parametrize("served", ["ctranslate2", "transformers"])
@pytest.mark.parametrize("family", ["bart", "pegasus", "t5"])
def test_a_summary_has_as_many_tokens_as_asked_at_least(
    family: str, served: str, fewest: int, tmp_path: Path, here: Settings
) -> None:
    """In place of what the model's own settings say, and no more than the limit allows."""
    folder = changed(build(family, tmp_path / family), min_length=9)
    chosen = engine(served)
    model: Any = chosen.load(folder, chosen.variant(folder, (Summarize,)), here)
    assert model.engine == served
    ours = "".join(model.summarize(TEXT, max_new_tokens=20, min_new_tokens=fewest))
    asked = f"summarize: {TEXT}" if family == "t5" else TEXT
    least = {"min_length": 0, "min_new_tokens": min(fewest, 20)}
    assert ours == generated(folder, asked, num_beams=1, max_new_tokens=20, **least)


def test_a_models_own_shortest_length_gives_way_to_the_limit(
    tmp_path: Path, here: Settings
) -> None:
    model = load(build("pegasus", tmp_path / "pegasus"), here)
    assert isinstance(model, TextToText)
    short = "".join(model.summarize(TEXT, max_new_tokens=8))
    assert short
    model.about = replace(model.about, decoding=replace(model.about.decoding, min_length=56))
    assert "".join(model.summarize(TEXT, max_new_tokens=8)).startswith(short)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"repetition_penalty": 1.3}, "repetition_penalty to 1.3"),
        ({"do_sample": True}, "do_sample to True"),
        ({"encoder_no_repeat_ngram_size": 3}, "encoder_no_repeat_ngram_size to 3"),
        ({"eos_token_id": [1, 5]}, "several end tokens"),
    ],
)
def test_what_it_cannot_do_transformers_does_and_it_is_not_tried_again(
    settings: dict[str, object],
    why: str,
    tmp_path: Path,
    here: Settings,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = changed(build("pegasus", tmp_path / "pegasus"), **settings)
    with caplog.at_level(logging.WARNING, "playground"):
        model = load(folder, here)
    assert model.engine == "transformers"
    assert isinstance(model, Summarize)
    assert "is served by transformers: its generation_config" in caplog.text
    assert why in caplog.text

    def child(*given: object) -> Any:
        pytest.fail("it was tried again")

    monkeypatch.setattr(conversion, "child", child)
    assert load(folder, here).engine == "transformers"


@pytest.mark.parametrize("norms", [(True, True), (False, False)])
def test_a_model_that_answers_differently_is_refused(
    norms: tuple[bool, bool], tmp_path: Path, here: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(converting.NORMS, "bart", norms)
    target = tmp_path / "target"
    target.mkdir()
    with pytest.raises(Refused):
        converting.convert(
            build("bart", tmp_path / "bart"), "float32", target, None, here, lambda told: None
        )


def test_another_task_is_refused(tmp_path: Path) -> None:
    folder = build("bart", tmp_path)
    with pytest.raises(ModelError, match="BartForConditionalGeneration, made for another task"):
        engine("ctranslate2").variant(folder, (Classify,))
    assert not engine("ctranslate2").owns(build("bart-nli", tmp_path / "classifier"))


def test_a_vocabulary_may_be_larger_than_the_model(tmp_path: Path, here: Settings) -> None:
    from transformers import AutoTokenizer

    folder = build("marian", tmp_path / "marian")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_tokens(["never"])
    tokenizer.save_pretrained(folder)
    assert isinstance(load(folder, here), TextToText)


@pytest.mark.parametrize("family", ["t5", "marian-spm", "nllb"])
def test_special_tokens_in_a_text_are_text(family: str, tmp_path: Path, here: Settings) -> None:
    model = load(build(family, tmp_path / family), here)
    assert model.about.end not in model.tokens.encode("the </s> lion sleeps")


def test_pieces_come_in_order_and_join_to_the_translations(
    tmp_path: Path, here: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ctranslate2_model, "BATCH_SENTENCES", 3)
    model = load(build("marian", tmp_path / "marian"), replace(here, threads=2))
    sentences = [f"{'the lion ' * n}sleeps" for n in range(7)]

    def translations(texts: list[str]) -> list[tuple[int, str]]:
        return list(model.translate(texts, source="en", target="fr", num_beams=1))

    pieces = translations(sentences)
    assert [index for index, _ in pieces] == sorted(index for index, _ in pieces)
    joined = ["".join(p for index, p in pieces if index == n) for n in range(len(sentences))]
    assert all(joined)
    assert joined == ["".join(p for _, p in translations([one])) for one in sentences]


def test_no_thread_of_the_librarys_holds_a_callback_when_the_text_is_done(here: Settings) -> None:
    """One that lets go of it while Python ends aborts the process: one script in three did."""
    model = load(STARTER, replace(here, threads=2))

    def held() -> list[object]:
        found = [one for one in gc.get_objects() if type(one) is partial]
        return [one for one in found if getattr(one.func, "__func__", None) is _Watch.step]

    for _ in range(10):
        list(model.translate(SCENES, source="en", target="fr", num_beams=1))
        assert not held()


@pytest.mark.parametrize("num_beams", [1, 4])
def test_who_stops_ends_it_between_two_tokens(
    num_beams: int, tmp_path: Path, here: Settings
) -> None:
    model = load(build("marian", tmp_path / "marian"), here)
    with Run().active() as run:
        pieces = model.translate([TEXT] * 200, source="en", target="fr", num_beams=num_beams)
        next(pieces)
        run.cancel.set()
        with pytest.raises(Cancelled):
            list(pieces)
    assert (run.tokens or 0) < 200 * 40
    # The model is free for others.
    assert list(model.translate(["Hello."], source="en", target="fr", num_beams=1))


@pytest.mark.parametrize("num_beams", [1, 2, 4])
def test_the_starters_searches_end_with_transformers_texts(num_beams: int, here: Settings) -> None:
    model = load(STARTER, here)
    ours = ["" for _ in SCENES]
    for index, piece in model.translate(SCENES, source="en", target="fr", num_beams=num_beams):
        ours[index] += piece
    options = {"num_beams": num_beams, "max_new_tokens": 127}
    theirs = [generated(STARTER, f">>fr<< {one}", **options) for one in SCENES]
    assert ours == theirs


def test_two_runs_side_by_side_get_what_each_gets_alone(tmp_path: Path, here: Settings) -> None:
    model = load(build("marian", tmp_path / "marian"), here)
    sentences = [TEXT, "I love this film.", "Paris is the capital of France."]

    def translated(one: str) -> str:
        return "".join(
            piece for _, piece in model.translate([one], source="en", target="fr", num_beams=1)
        )

    alone = [translated(one) for one in sentences]
    together: dict[str, str] = {}

    def work(one: str) -> Callable[[], None]:
        return lambda: together.update({one: translated(one)})

    threads = [threading.Thread(target=work(one)) for one in sentences]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[one] for one in sentences] == alone


def test_a_conversion_can_be_stopped_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversion, "child", OWN_PROCESS)
    settings = replace(Settings(), cache=tmp_path / "cache", threads=1)
    folder = build("marian", tmp_path / "marian")
    with Run().active() as run:
        threading.Timer(1.0, run.cancel.set).start()
        with pytest.raises(Cancelled):
            load(folder, settings)
    left = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert [path.suffix for path in left] in ([], [".lock"])


FRESH = """
import sys
from pipelines import run
assert run("translation", "A dog runs along the beach.") == {
    "translation_text": "Un chien court le long de la plage."
}
print(*sorted({"torch", "transformers"} & set(sys.modules)))
"""


def test_the_starter_imports_neither_torch_nor_transformers(playground: Playground) -> None:
    playground.run("translation", {"text": "A dog."}, "translation")  # it is converted now
    done = subprocess.run(
        [sys.executable, "-c", FRESH], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
