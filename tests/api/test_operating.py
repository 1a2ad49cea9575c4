"""What operators are told of runs holds no word of a user."""

import logging
import time

import pytest

from api.metrics import OTHER, Metrics
from api.request_log import Lines
from pipelines import Playground
from pipelines.caller import Caller
from pipelines.errors import ModelError
from pipelines.in_flight import Watched
from pipelines.run import Run
from pipelines.settings import Settings

KNOWN = "all-minilm-l6-v2"


@pytest.fixture
def here() -> Playground:
    return Playground(Settings())


def test_only_models_that_are_known_beforehand_are_labels(here: Playground) -> None:
    metrics = Metrics(here)
    assert metrics.label("auto") == "auto"
    assert metrics.label(KNOWN) == KNOWN
    assert metrics.label("my secret/model") == OTHER


@pytest.mark.parametrize(("asked", "told"), [(KNOWN, KNOWN), ("my secret", "")])
def test_a_name_that_is_no_models_is_not_logged(
    here: Playground, caplog: pytest.LogCaptureFixture, asked: str, told: str
) -> None:
    run = Watched(Run(), "feature-extraction", asked, time.perf_counter(), error=ModelError("No."))
    with caplog.at_level(logging.INFO, "playground.requests"):
        Lines(here).ended(run)
    [record] = caplog.records
    fields = vars(record)["fields"]
    assert (fields["model"], fields["status"], fields["way"]) == (told, 404, "page")


def test_a_call_is_logged_once_by_its_run_or_by_its_end(
    here: Playground, caplog: pytest.LogCaptureFixture
) -> None:
    lines = Lines(here)
    run = Watched(Run(caller=Caller(request="ran")), "feature-extraction", KNOWN, 0.0)
    with caplog.at_level(logging.INFO, "playground.requests"):
        for request in ("ran", "refused"):
            lines.opened(request)
        lines.ended(run)
        for request in ("ran", "refused"):
            lines.closed(request, "api", time.perf_counter(), 401)
    told = [vars(one)["fields"] for one in caplog.records]
    assert [(one["request"], one["status"]) for one in told] == [("ran", 200), ("refused", 401)]
    assert {one["way"] for one in told} == {"api"}
