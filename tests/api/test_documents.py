"""The OpenAPI documents tell each route's request and answer, and the answers are so."""

from typing import Any

import jsonschema
import pytest
from fastapi.testclient import TestClient

from api import hub
from api.calls import Calls
from api.openai import app
from pipelines import Playground
from pipelines.registry import tasks
from pipelines.settings import Settings


@pytest.fixture(scope="module")
def documents() -> dict[str, dict[str, Any]]:
    calls = Calls(Playground(Settings()))
    built = {"v1": app.build(calls), "hf": hub.build(calls)}
    return {name: TestClient(one).get("/openapi.json").json() for name, one in built.items()}


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(path, one) for path, item in document["paths"].items() for one in item.values()]


def test_every_route_is_there(documents: dict[str, dict[str, Any]]) -> None:
    audio = {f"/audio/{name}" for name in ("transcriptions", "translations", "speech")}
    text = {"/chat/completions", "/completions", "/embeddings", "/models", "/models/{name}"}
    assert set(documents["v1"]["paths"]) == audio | text
    by_task = {f"/tasks/{task}" for task in tasks()}
    assert set(documents["hf"]["paths"]) == by_task | {"/models/{model}"}


def test_routes_that_stream_say_so(documents: dict[str, dict[str, Any]]) -> None:
    contents = {
        path: one["responses"]["200"]["content"] for path, one in operations(documents["v1"])
    }
    streamed = {path for path, content in contents.items() if "text/event-stream" in content}
    assert streamed == {"/chat/completions", "/completions", "/audio/transcriptions"}


@pytest.mark.parametrize("name", ["v1", "hf"])
def test_each_tells_what_it_takes_gives_and_refuses(
    documents: dict[str, dict[str, Any]], name: str
) -> None:
    for path, one in operations(documents[name]):
        if not path.startswith("/models") or name == "hf":
            content = one["requestBody"]["content"]
            assert all(media["schema"] for media in content.values()), path
        answers = one["responses"]
        assert all(media["schema"] for media in answers["200"]["content"].values()), path
        assert answers["4XX"]["content"]["application/json"]["schema"]["$ref"].endswith("/Error")
    for told in _references(documents[name]):
        assert told.removeprefix("#/components/schemas/") in _schemas(documents[name])


def _schemas(document: dict[str, Any]) -> dict[str, Any]:
    schemas: dict[str, Any] = document["components"]["schemas"]
    return schemas


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [one for inner in value.values() for one in _references(inner)]
    return [one for inner in value for one in _references(inner)] if isinstance(value, list) else []


def schema(document: dict[str, Any], name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}", "components": document["components"]}


def test_options_are_told_with_their_defaults(documents: dict[str, dict[str, Any]]) -> None:
    asked = _schemas(documents["hf"])["TextClassificationRequest"]
    top_k = asked["properties"]["parameters"]["properties"]["top_k"]
    assert (top_k["type"], top_k["default"]) == ("integer", 5)
    jsonschema.validate({"inputs": "a"}, schema(documents["hf"], "TextClassificationRequest"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"input": "a"}, schema(documents["hf"], "TextClassificationRequest"))


@pytest.mark.parametrize(
    ("task", "name", "inputs"),
    [
        ("text-classification", "TextClassification", "I love it."),
        ("feature-extraction", "FeatureExtraction", "A cat."),
        ("token-classification", "TokenClassification", "Marie Curie moved to Paris."),
    ],
)
def test_an_answer_is_as_the_document_says(
    documents: dict[str, dict[str, Any]], playground: Playground, task: str, name: str, inputs: str
) -> None:
    value = playground.run(task, {"text": inputs}).value
    jsonschema.validate(value, schema(documents["hf"], f"{name}Answer"))


def test_openais_answers_are_as_the_document_says(
    documents: dict[str, dict[str, Any]], playground: Playground
) -> None:
    client = TestClient(app.build(Calls(playground)))
    chat = {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 2, "logprobs": True}
    asked = [
        ("/chat/completions", chat, "ChatCompletion"),
        ("/completions", {"prompt": "Hi", "max_tokens": 2, "logprobs": 1}, "TextCompletion"),
        ("/embeddings", {"input": "Hi"}, "Embeddings"),
        ("/embeddings", {"input": 3}, "Error"),
    ]
    for path, body, name in asked:
        jsonschema.validate(client.post(path, json=body).json(), schema(documents["v1"], name))
    jsonschema.validate(client.get("/models").json(), schema(documents["v1"], "Models"))
