"""What the page of lab 2 says of a run, read from its HTML, and to whom it listens."""

import math
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from components.lab import parts
from components.labs.families.page import COLUMNS, VIEWS
from components.labs.training.after import cards
from components.labs.training.curves import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Line,
    loss_plot,
    thinned,
)
from components.labs.training.page import STEPS, TrainingLab
from components.labs.training.preview import FILE, PHASES, before_first_run, of_run
from components.labs.training.setup import OURS, OWN, SIZES, _source, cost_of, preview
from components.labs.training.watch import spread, state
from components.runs import Runs as PageRuns
from pipelines import Playground
from pipelines.errors import Cancelled, InputError
from pipelines.labs.training import checkpoints, train
from pipelines.labs.training.recipe import PRESETS, Recipe
from pipelines.labs.training.run import Run
from pipelines.labs.training.runs import PLACES_BY_NETWORK, Runs
from pipelines.parse_json import parse_json
from pipelines.playground import Answer
from pipelines.settings import Settings

DONE = Run("a", "u", "done", 1)


def test_a_run_without_tuning_does_not_claim_a_second_phase() -> None:
    assert "Both phases are through" in state(DONE, [], Recipe())
    told = state(DONE, [], replace(Recipe(), tuning_steps=0))
    assert "Both" not in told
    assert "phase 2 was left out" in told


def test_before_the_first_training_there_are_the_curves_of_one_with_the_preset() -> None:
    events = parse_json(FILE.read_text("utf-8"))
    assert [*of_run(events)] == events, "made anew with what the page shows"
    preset = next(iter(PRESETS.values()))
    ends = [max(e["step"] for e in events if e["phase"] == phase) for phase in PHASES]
    assert ends == [preset.pretraining_steps, preset.tuning_steps]
    shown = before_first_run()
    assert shown.count("<figure>") == 3
    assert shown.count("tr-samples") == 2


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


def step(number: int, seconds: float) -> dict[str, Any]:
    told = {"event": "step", "phase": "pretraining", "loss": 2.0, "tokens_per_second": 100}
    return {**told, "step": number, "seconds": seconds}


def test_the_time_left_goes_by_the_pace_of_the_last_steps() -> None:
    slow, quick = [step(1, 50.0)], [step(2 + n, 50.0 + n) for n in range(30)]
    run, recipe = Run("a", "u", "running", 1), Recipe(pretraining_steps=100, tuning_steps=1)
    assert "<dt>Time left</dt><dd>1:10 min</dd>" in state(run, slow + quick, recipe)


def test_of_many_samples_the_first_and_the_newest_are_shown_and_more_of_the_early() -> None:
    shown = [one["step"] for one in spread([{"step": n} for n in range(100)])]
    assert (shown[0], shown[-1], len(shown)) == (0, 99, 6)
    gaps = [after - before for before, after in pairwise(shown)]
    assert gaps == sorted(gaps)
    assert gaps[0] < gaps[-1]


def test_a_long_curve_is_drawn_by_the_means_of_neighbours() -> None:
    points = [(1.0, 4.0), (2.0, 2.0), (3.0, 1.0), (4.0, 3.0), (5.0, 7.0)]
    assert thinned(points, 5) == points
    assert thinned(points, 3) == [(2.0, 3.0), (4.0, 2.0), (5.0, 7.0)]


def test_a_point_stands_at_its_step_and_its_loss() -> None:
    drawn = loss_plot([Line("held out", "kept", [(0, 4.0), (50, 2.0)])], steps=100)
    [middle] = re.findall(r'<circle class="kept" cx="([\d.]+)" cy="([\d.]+)"', drawn)
    left, right, top, bottom = LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM
    assert [float(one) for one in middle] == [(left + right) / 2, (top + bottom) / 2]
    assert f'y="{top + 4:.1f}">{math.exp(4):.0f}</text>' in drawn
    assert "held out 2.00" in drawn


def test_a_file_counts_before_what_was_pasted(tmp_path: Path) -> None:
    file = tmp_path / "own.txt"
    file.write_bytes(b"in the file")
    assert _source("text", OURS, "pasted", str(file)) is None
    assert _source("text", OWN, "pasted", str(file)) == b"in the file"
    assert _source("text", OWN, "pasted", None) == "pasted"
    with pytest.raises(InputError, match="cannot be read"):
        _source("text", OWN, "", str(tmp_path / "gone.txt"))


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


def test_a_folder_of_runs_that_cannot_be_written_is_named(
    settings: Settings, tmp_path: Path
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    with gr.Blocks():
        lab = TrainingLab(Playground(replace(settings, runs=str(blocked / "runs"))), PageRuns())
    assert lab.visitors.verify(lab._tick(None, "")[0])
    said = start(lab, "")[1]["value"]
    assert f"The folder {blocked}/runs cannot be written" in said
    assert "PLAYGROUND_RUNS" in said


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


def test_what_one_lab_shows_is_not_chosen_by_the_other() -> None:
    labs = (parts("Show", VIEWS, "sees"), parts("Family", COLUMNS, "encoder"))
    groups = [re.findall(r"name='([^']+)'", one) for one in (*labs, parts("Show", STEPS, "train"))]
    assert [len(set(names)) for names in groups] == [1, 1, 1]
    assert len({names[0] for names in groups}) == 3
