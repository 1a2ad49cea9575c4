"""Lab 1 opens models of the Hub as the tabs do: checked before their weights come, as the visitor
who asks, under the budget, and stopped when the learner stops.
"""

import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from pipelines import Playground
from pipelines.catalogue import Catalogue, Entry
from pipelines.errors import (
    Cancelled,
    DownloadError,
    MemoryBudgetError,
    ModelError,
    PlaygroundError,
)
from pipelines.labs.families import session
from pipelines.labs.families.session import REMEMBERED, LabModel, Worked, work
from pipelines.run import tell
from pipelines.settings import Settings
from pipelines.store import Progress, visitor
from tests.hub import Hub
from tests.tiny import build

WEIGHTS = "model.safetensors"
PATIENCE = 60  # seconds


@pytest.fixture
def hub(only_hub: Hub, tmp_path: Path) -> Hub:
    folder = build("gpt2", tmp_path / "gpt2")
    only_hub.publish("ada/gpt2", folder, pipeline_tag="text-generation")
    only_hub.publish("ada/own-gpt2", folder, pipeline_tag="text-generation", private=True)
    only_hub.publish("ada/t5", build("t5", tmp_path / "t5"), pipeline_tag="translation")
    return only_hub


@pytest.fixture
def own(settings: Settings) -> Playground:
    return Playground(replace(settings, sources="bundled,cache,hub"))


def parameters(lab: LabModel) -> int:
    return int(lab.model.num_parameters())


def opened(playground: Playground, name: str, **given: Any) -> Worked:
    *_, last = work(playground, "decoder", name, parameters, **given)
    assert isinstance(last, Worked)
    return last


def test_another_family_is_refused_before_its_weights_come(hub: Hub, own: Playground) -> None:
    with pytest.raises(ModelError, match="an encoder-decoder model, and this column"):
        opened(own, "ada/t5")
    asked = [one.path for one in hub.requests if "resolve" in one.path]
    assert any("config.json" in path for path in asked)
    assert not any(WEIGHTS in path for path in asked)


def test_a_private_model_is_opened_for_the_visitor_who_may_have_it_alone(
    hub: Hub, own: Playground
) -> None:
    hub.grant("hf_ada", "ada/own-gpt2")
    worked = opened(own, "ada/own-gpt2", token="hf_ada")
    assert worked.value
    with pytest.raises(PlaygroundError, match="There is no model ada/own-gpt2"):
        opened(own, "ada/own-gpt2")


def test_a_private_model_in_memory_is_known_to_its_visitor_alone(hub: Hub, own: Playground) -> None:
    hub.grant("hf_ada", "ada/own-gpt2")
    opened(own, "ada/own-gpt2", token="hf_ada")
    [loaded] = own.cache.loaded()
    for token, may in (("hf_ada", True), ("hf_bob", False), (None, False)):
        with visitor.visited(token):
            assert visitor.may_know(loaded.key) == may


def test_a_stopped_download_ends_and_is_gone_on_with(hub: Hub, own: Playground) -> None:
    hub.slow("ada/gpt2", bytes_per_second=20_000)
    cancel = threading.Event()
    events = work(own, "decoder", "ada/gpt2", parameters, cancel)
    assert any(isinstance(event, Progress) and (event.done or 0) > 20_000 for event in events)
    cancel.set()
    with pytest.raises(Cancelled):
        list(events)
    hub.heal()
    assert opened(own, "ada/gpt2").value
    assert hub.fetched(WEIGHTS)[-1]  # a range: it went on where it had stopped


def test_work_that_cannot_be_broken_off_is_not_waited_for(tiny: Playground) -> None:
    cancel, go_on = threading.Event(), threading.Event()

    def long(lab: LabModel) -> bool:
        cancel.set()
        return go_on.wait(60)

    with pytest.raises(Cancelled):
        list(work(tiny, "decoder", "gpt2", long, cancel))
    go_on.set()


def test_a_model_counts_with_the_numbers_it_computes_with_not_those_it_was_saved_in(
    own: Playground, tmp_path: Path
) -> None:
    folder = build("gpt2", tmp_path / "narrow")
    save_file({n: v.bfloat16() for n, v in load_file(folder / WEIGHTS).items()}, folder / WEIGHTS)
    saved = (folder / WEIGHTS).stat().st_size
    entry = Entry(
        "narrow", "narrow", ("text-generation",), "auto", "", 1, 0, (), "", "", folder=folder
    )
    settings = replace(own.settings, memory_gb=1.5 * saved / 1e9)
    with pytest.raises(MemoryBudgetError):
        list(work(Playground(settings, Catalogue([entry])), "decoder", "narrow", parameters))


def test_a_gguf_model_counts_with_four_bytes_a_parameter(own: Playground, tmp_path: Path) -> None:
    folder = build("gguf", tmp_path / "packed")
    entry = Entry(
        "packed",
        "packed",
        ("text-generation",),
        "auto",
        folder=folder,
        parameters=1_000_000_000,
    )
    settings = replace(own.settings, memory_gb=3.9)
    with pytest.raises(MemoryBudgetError, match="needs 4,000 MB"):
        list(work(Playground(settings, Catalogue([entry])), "decoder", "packed", parameters))


def test_a_model_of_an_engine_without_attention_weights_is_refused(
    own: Playground, tmp_path: Path
) -> None:
    for name in ("model.enfr.intgemm.alphas.bin", "vocab.enfr.spm"):
        (tmp_path / name).touch()
    with pytest.raises(ModelError, match="runs on marian, which gives no attention weights"):
        session._folder(tmp_path, tmp_path / "target")


def test_a_look_computes_on_its_own_thread_alone(tiny: Playground) -> None:
    *_, last = work(tiny, "decoder", "gpt2", lambda lab: torch.get_num_threads())
    assert isinstance(last, Worked)
    assert last.value == 1


def test_in_public_mode_only_models_of_the_catalogue_are_opened(hub: Hub, own: Playground) -> None:
    own.settings = replace(own.settings, public=True)
    with pytest.raises(ModelError, match="public mode"):
        opened(own, "ada/gpt2")
    assert not hub.requests


@pytest.mark.parametrize("public", [False, True])
def test_a_cache_where_nothing_can_be_unpacked_is_named(
    own: Playground, tmp_path: Path, public: bool
) -> None:
    folder = build("gguf", tmp_path / "gguf")
    entry = Entry("gguf", "gguf", ("text-generation",), "auto", "", 1, 0, (), "", "", folder=folder)
    settings = replace(own.settings, public=public)
    settings.cache.mkdir(parents=True, exist_ok=True)
    (settings.cache / "labs").write_text("a file where the folder should be")
    with pytest.raises(DownloadError) as refused:
        list(work(Playground(settings, Catalogue([entry])), "decoder", "gguf", parameters))
    named = "for models" if public else str(settings.cache / "labs")
    assert f"The folder {named} cannot be written (" in refused.value.sentence
    assert "PLAYGROUND_CACHE" in refused.value.hint


def test_two_who_ask_for_the_same_get_what_was_made_once() -> None:
    lab, begun, go_on, made = LabModel(None, None, "any"), threading.Event(), threading.Event(), []

    def make() -> str:
        begun.set()
        assert go_on.wait(PATIENCE)
        return "the only one"

    def second() -> str:
        pytest.fail("made twice")

    first = threading.Thread(target=lambda: made.append(lab.remember("text", make)))
    first.start()
    assert begun.wait(PATIENCE)
    assert lab.remembered("text") is None  # not yet
    other = threading.Thread(target=lambda: made.append(lab.remember("text", second)))
    other.start()
    go_on.set()
    first.join(PATIENCE)
    other.join(PATIENCE)
    assert made == ["the only one"] * 2
    assert lab.remembered("text") == "the only one"


def test_who_waits_for_what_another_makes_makes_it_when_the_other_leaves() -> None:
    lab, begun, go_on, made = LabModel(None, None, "any"), threading.Event(), threading.Event(), []

    def left() -> str:
        begun.set()
        assert go_on.wait(PATIENCE)
        raise Cancelled

    def first() -> None:
        with pytest.raises(Cancelled):
            lab.remember("text", left)

    threads = [threading.Thread(target=first)]
    threads[0].start()
    assert begun.wait(PATIENCE)
    other = threading.Thread(target=lambda: made.append(lab.remember("text", lambda: "mine")))
    other.start()
    other.join(0.2)  # it waits
    go_on.set()
    for thread in (*threads, other):
        thread.join(PATIENCE)
    assert made == ["mine"]


def test_two_look_inside_and_the_first_leaves_while_the_model_opens(
    own: Playground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = build("gpt2", tmp_path / "gpt2-two")
    entry = Entry("two", "two", ("text-generation",), "auto", "", 1, 0, (), "", "", folder=folder)
    playground = Playground(own.settings, Catalogue([entry]))
    begun, go_on, cancel = threading.Event(), threading.Event(), threading.Event()
    found: list[Progress | Worked] = []

    def unpacked(files: Path, target: Path) -> Path:
        tell(Progress("loading", "Unpacking the model once"))
        begun.set()
        assert go_on.wait(PATIENCE)
        tell(Progress("loading", "Writing the unpacked model"))
        return files

    monkeypatch.setattr("pipelines.labs.families.session._folder", unpacked)

    def first() -> None:
        with pytest.raises(Cancelled):
            list(work(playground, "decoder", "two", parameters, cancel))

    def second() -> None:
        found.extend(work(playground, "decoder", "two", parameters))

    threads = [threading.Thread(target=first)]
    threads[0].start()
    assert begun.wait(PATIENCE)
    threads.append(threading.Thread(target=second))
    threads[1].start()
    ends = time.monotonic() + PATIENCE
    while not any("Unpacking" in event.text for event in found if isinstance(event, Progress)):
        assert time.monotonic() < ends, "the second one never heard of it"
        time.sleep(0.01)
    cancel.set()
    threads[0].join(PATIENCE)
    go_on.set()
    threads[1].join(PATIENCE)
    assert isinstance(found[-1], Worked)


def test_what_could_not_be_made_is_tried_again() -> None:
    lab = LabModel(None, None, "any")
    with pytest.raises(ZeroDivisionError):
        lab.remember("text", lambda: 1 // 0)
    assert lab.remember("text", lambda: 7) == 7


def test_the_latest_results_are_remembered() -> None:
    lab = LabModel(None, None, "any")
    for number in range(REMEMBERED + 1):
        lab.remember(number, lambda: number)  # noqa: B023  # called at once
        lab.remember(0, lambda: pytest.fail("forgotten, though used all the time"))
    assert lab.remembered(1) is None
    assert [lab.remembered(one) for one in (0, 2, REMEMBERED)] == [0, 2, REMEMBERED]
