"""How refusals and failures come back: their status, when to come again, each API's own form."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import hub
from api.calls import Calls
from api.errors import handle
from api.openai import app as openai
from api.openai.streaming import error_body
from pipelines import Playground, PlaygroundError
from pipelines.errors import (
    BusyError,
    Cancelled,
    InputError,
    MemoryBudgetError,
    ModelError,
    RateLimitError,
    UnreachableError,
)
from pipelines.settings import Settings

RAISED: list[tuple[Exception, int, str | None]] = [
    (InputError("No.", "Other."), 400, None),
    (ModelError("No.", "Other."), 404, "model_not_found"),
    (MemoryBudgetError("Tiny", 2, 1), 503, "insufficient_memory"),
    (UnreachableError("No.", "Later."), 503, "model_unreachable"),
    (RateLimitError("No.", "Later.", 7), 429, "rate_limit_exceeded"),
    (BusyError("No.", "Later.", 7), 503, "server_busy"),
    (Cancelled(), 499, "cancelled"),
    (PlaygroundError("No.", "Log."), 500, None),
    (ValueError("a defect, with what the user sent"), 500, None),
]


@pytest.mark.parametrize(
    ("error", "status", "code"), RAISED, ids=[type(one).__name__ for one, *_ in RAISED]
)
def test_an_error_has_its_status_and_says_when_to_come_again(
    error: Exception, status: int, code: str | None
) -> None:
    app = FastAPI()
    handle(app, error_body)

    @app.get("/")
    def fail() -> None:
        raise error

    answer = TestClient(app, raise_server_exceptions=False).get("/")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.headers.get("retry-after") == ("7" if isinstance(error, BusyError) else None)
    assert "user sent" not in answer.text


@pytest.mark.parametrize("body", [{}, {"messages": []}, {"messages": "Hi"}])
def test_a_body_of_another_shape_is_refused_in_openais_form(body: dict[str, Any]) -> None:
    client = TestClient(openai.build(Calls(Playground(Settings()))))
    refused = client.post("/chat/completions", json=body)
    assert refused.status_code == 400
    assert refused.json()["error"]["message"].startswith("messages: ")


def test_the_hubs_form_is_a_sentence() -> None:
    client = TestClient(hub.build(Calls(Playground(Settings()))))
    refused = client.post("/tasks/image-classification", json={"inputs": "not base64!"})
    assert refused.status_code == 400
    assert refused.json() == {"error": "The file is neither base64 nor an address. Send its bytes."}
