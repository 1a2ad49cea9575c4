"""What the page of lab 2 says of a run, read from its HTML, and to whom it listens."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from components.labs.training.after import cards
from components.labs.training.page import TrainingLab
from components.labs.training.setup import SIZES, cost_of, preview
from components.labs.training.watch import state
from components.runs import Runs as PageRuns
from pipelines import Playground
from pipelines.errors import Cancelled
from pipelines.labs.training import checkpoints, train
from pipelines.labs.training.recipe import Recipe
from pipelines.labs.training.runs import PLACES_BY_NETWORK, Run, Runs
from pipelines.playground import Answer
from pipelines.settings import Settings

DONE = Run("a", "u", "done", 1)


def test_a_run_without_tuning_does_not_claim_a_second_phase() -> None:
    assert "Both phases are through" in state(DONE, [], Recipe())
    told = state(DONE, [], replace(Recipe(), tuning_steps=0))
    assert "Both" not in told
    assert "phase 2 was left out" in told


def test_a_stage_that_does_not_exist_is_said_to_be_not_trained() -> None:
    shown = cards({"random": "x"}, {}, "Where?", there=("random", "pretrained"))
    assert shown.count("not trained yet") == 1
    assert shown.count("…") == 1


def test_a_size_box_that_was_cleared_is_told_as_a_sentence() -> None:
    values = [getattr(Recipe(), name) for name, *_ in SIZES]
    assert "Parameters" in cost_of(values, public=False)
    assert "A size is missing." in cost_of([None, *values[1:]], public=False)


def test_instructions_that_are_too_long_are_counted_on_the_page_and_in_the_terminal() -> None:
    event = {"event": "left_out", "instructions": 3, "why": "too long"}
    assert "3 too long, left out" in state(DONE, [event], Recipe())
    assert train._line(event) == "3 instructions too long, left out"


def test_a_question_given_twice_is_counted_once_on_the_page() -> None:
    lines = "\n".join(f'{{"instruction": "{n}?", "answer": "b"}}' for n in range(20))
    assert "Instructions: 20, every" in preview(None, lines)
    assert "Instructions: 20 (40 more ask the same again" in preview(None, "\n".join([lines] * 3))


def lab_of(settings: Settings) -> TrainingLab:
    """The lab on a page of its own; its runs wait, for there is no room for any."""
    with gr.Blocks():
        lab = TrainingLab(Playground(settings), PageRuns())
    lab._runs = Runs(checkpoints.root(settings), limit=0)
    return lab


@pytest.fixture
def lab(settings: Settings) -> TrainingLab:
    return lab_of(settings)


def test_a_packed_model_lies_where_files_are_deleted_with_time(
    lab: TrainingLab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    monkeypatch.setattr(checkpoints, "packed", lambda name, settings, target: target / "model.zip")
    shown, _ = lab.after._pack("run", "tuned")
    assert Path(shown["value"]).is_relative_to(tmp_path / "uploads")


def start(lab: TrainingLab, token: str, host: str = "10.0.0.1", account: Any = None) -> Any:
    """Presses Start with the values that the page has at first."""
    request: Any = SimpleNamespace(client=SimpleNamespace(host=host))
    values = [component.value for component in lab.setup.given]
    return lab._start(request, account, token, *values)


def account(sub: str) -> Any:
    told = {"name": "Ada", "preferred_username": "ada", "profile": "", "picture": "", "sub": sub}
    return gr.OAuthProfile(told)


def states(lab: TrainingLab) -> list[str]:
    return sorted(run.state for run in lab.runs()._runs.values())


def test_who_forges_a_token_is_a_new_visitor(lab: TrainingLab) -> None:
    token = start(lab, "")[0]
    (run,) = lab.runs()._runs.values()
    assert run.user == lab.visitors.verify(token)
    forged: Any
    for forged in (run.user, f"{run.user}.", f"{run.user}.{'0' * 64}", "0" * 32, None, ["a"]):
        assert run.name not in str(lab._changed(None, forged, ""))
        issued = lab._tick(None, forged)[0]
        assert lab.visitors.verify(issued) not in (None, run.user)
        for act in (Runs.pause, Runs.stop, Runs.delete):
            lab._acted(act)(None, forged)
    assert lab.runs().get(run.name).state == "queued"
    assert lab.visitors.verify(start(lab, f"{run.user}.{'0' * 64}")[0]) != run.user
    assert states(lab) == ["queued", "queued"]


def test_after_a_restart_a_visitor_has_their_run_still(
    lab: TrainingLab, settings: Settings
) -> None:
    token = start(lab, "")[0]
    again = lab_of(settings)
    (run,) = again.runs()._runs.values()
    assert run.name in again._changed(None, token, "")
    again._acted(Runs.stop)(None, token)
    assert states(again) == ["stopped"]


def test_one_address_with_made_up_tokens_leaves_places_to_others(lab: TrainingLab) -> None:
    for _ in range(PLACES_BY_NETWORK + 2):
        start(lab, "", "10.0.0.66")
    assert states(lab) == ["queued"] * PLACES_BY_NETWORK
    start(lab, "", "10.0.0.1")
    assert states(lab) == ["queued"] * (PLACES_BY_NETWORK + 1)


def test_an_account_has_one_run_whatever_its_browser_says(lab: TrainingLab) -> None:
    start(lab, "", account=account("1"))
    (refused, *_) = start(lab, lab.visitors.issue(), account=account("1"))[1:]
    assert "Your run before this one is queued" in refused["value"]
    assert states(lab) == ["queued"]
    start(lab, "", account=account("2"))
    assert states(lab) == ["queued", "queued"]


def test_who_signs_in_still_sees_the_run_from_before(lab: TrainingLab) -> None:
    token = start(lab, "")[0]
    (run,) = lab.runs()._runs.values()
    assert run.name in lab._changed(account("1"), token, "")
    assert run.name not in str(lab._changed(account("1"), lab.visitors.issue(), ""))


def test_a_run_is_deleted_by_its_owner_when_sure(lab: TrainingLab) -> None:
    token = start(lab, "")[0]
    lab._acted(Runs.stop)(None, token)
    delete = lab._acted(Runs.delete)
    delete(None, token, False)
    assert states(lab) == ["stopped"]
    shown = delete(None, token, True)
    assert states(lab) == []
    assert "press Start" in str(shown)
    assert len(shown) == 1 + lab.width


def test_a_closed_page_ends_the_question_to_the_three_models(
    lab: TrainingLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def stream(task: str, inputs: Any, model: str, options: Any, cancel: Any, *_: Any) -> Any:
        asked.append(model)
        yield Answer({"generated_text": "Ada"})
        if cancel.wait(10):
            raise Cancelled

    monkeypatch.setattr(checkpoints, "stages", lambda *_: checkpoints.STAGES)
    monkeypatch.setattr(lab.playground, "stream", stream)
    request: Any = SimpleNamespace(session_hash="ada")
    answers = lab.after._ask(request, "a", "Where?", 0.0)
    assert "Ada" in next(answers)
    lab.after.runs.stop("ada")
    *_, last = answers
    assert "Ada" in last
    assert asked == [f"{checkpoints.PREFIX}a:{checkpoints.STAGES[0]}"]
