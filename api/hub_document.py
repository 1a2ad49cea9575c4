"""The OpenAPI document of the Hub's inference API: a path for each task, with its request and
response, made of the adapters' signatures."""

from typing import Any, get_args, get_type_hints

from fastapi import FastAPI
from pydantic import TypeAdapter

from pipelines.inputs import Audio, Image, Labels
from pipelines.outputs import Speech
from pipelines.registry import tasks
from pipelines.task import Task

JSON = "application/json"
BYTES = {"schema": {"type": "string", "format": "binary"}}
ERROR = {
    "type": "object",
    "title": "Error",
    "properties": {"error": {"type": "string"}},
    "required": ["error"],
}
REFERENCE = "#/components/schemas/{model}"
BY_TASK, BY_MODEL = "/tasks/{task}", "/models/{model}"


def described(app: FastAPI, title: str) -> dict[str, Any]:
    """The OpenAPI document of the routes below /hf."""
    schemas: dict[str, Any] = {"Error": ERROR}
    paths: dict[str, Any] = {}
    for task in tasks().values():
        name = task.title.title().replace(" ", "").replace("-", "")
        schemas[f"{name}Request"] = _request(task)
        schemas[f"{name}Answer"] = _answer(task, schemas)
        operation = _operation(task.summary, [task], [name])
        paths[BY_TASK.replace("{task}", task.id)] = {"post": operation}
    names = [name.removesuffix("Request") for name in schemas if name.endswith("Request")]
    summary = "Answer a task with this model; one that serves a single task needs no task."
    by_model = _operation(summary, [*tasks().values()], names)
    by_model["parameters"] = [
        _parameter("model", "path", "A catalogue name, a Hub id, or auto."),
        _parameter("task", "query", "The task's id."),
    ]
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": app.version},
        "servers": [{"url": "/hf"}],
        "paths": {**paths, BY_MODEL: {"post": by_model}},
        "components": {"schemas": schemas},
    }


def _operation(summary: str, of: list[Task], names: list[str]) -> dict[str, Any]:
    content: dict[str, Any] = {JSON: {"schema": _one_of([f"{name}Request" for name in names])}}
    if any(isinstance(one.spec, Image | Audio) for task in of for one in task.inputs):
        content |= {"image/*": BYTES, "audio/*": BYTES}
    good: dict[str, Any] = {JSON: {"schema": _one_of([f"{name}Answer" for name in names])}}
    if any(task.id == "text-generation" for task in of):
        good["text/event-stream"] = {"schema": {"type": "string"}}
    if any(task.id == "text-to-speech" for task in of):
        good["audio/wav"] = BYTES
    refused = {
        "description": "One sentence: what is wrong, and what to do.",
        "content": {JSON: {"schema": _one_of(["Error"])}},
    }
    return {
        "summary": summary,
        "requestBody": {"required": True, "content": content},
        "responses": {
            "200": {"description": "The answer", "content": good},
            "4XX": refused,
            "5XX": refused,
        },
    }


def _one_of(names: list[str]) -> dict[str, Any]:
    references = [{"$ref": REFERENCE.format(model=name)} for name in names]
    return references[0] if len(references) == 1 else {"anyOf": references}


def _parameter(name: str, place: str, description: str) -> dict[str, Any]:
    needed = place == "path"
    told = {"name": name, "in": place, "required": needed, "description": description}
    return {**told, "schema": {"type": "string"}}


def _request(task: Task) -> dict[str, Any]:
    first, *others = [
        (one, {**_input(one.spec), "description": one.spec.label}) for one in task.inputs
    ]
    given = {one.name: schema for one, schema in [first, *others]}
    inputs = first[1]
    if others:  # several inputs are sent by name
        by_name = {"type": "object", "properties": given, "required": [*given]}
        inputs = {"anyOf": [by_name, first[1]]}
    parameters = {one.name: schema for one, schema in others}
    for option in task.options:
        told = TypeAdapter(option.type).json_schema()
        parameters[option.name] = {
            **told,
            "default": option.default,
            "description": option.spec.help,
        }
    return {
        "type": "object",
        "properties": {
            "inputs": inputs,
            "parameters": {"type": "object", "properties": parameters},
        },
        "required": ["inputs"],
    }


def _input(spec: Any) -> dict[str, Any]:
    if isinstance(spec, Labels):
        return {"type": "array", "items": {"type": "string"}}
    return {"type": "string"}  # files as base64, or their address


def _answer(task: Task, schemas: dict[str, Any]) -> dict[str, Any]:
    """The JSON schema of what a task returns; schemas that it refers to are added to `schemas`."""
    returned = get_type_hints(task.run)["return"]
    returned = get_args(returned)[0] if task.streams else returned
    if returned is Speech:
        return {"type": "string", "format": "binary"}
    schema = TypeAdapter(returned).json_schema(ref_template=REFERENCE)
    schemas |= schema.pop("$defs", {})
    return schema
