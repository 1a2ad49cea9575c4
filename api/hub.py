"""The Hub's inference API: what huggingface_hub's InferenceClient and huggingface.js call.

POST /hf/models/{model or auto}?task=…  or  /hf/tasks/{task}: JSON with `inputs` and `parameters`,
or the bytes of a picture or sound. The model's address is the client's `model`:

    InferenceClient(model="http://127.0.0.1:7860/hf/tasks/summarization").summarization(text)
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response

from api import hub_document
from api.calls import Calls, notes
from api.errors import handle
from api.openai import streaming
from api.sound_formats import MEDIA_TYPES, encoded
from pipelines.errors import InputError, quoted
from pipelines.inputs import Audio, Image
from pipelines.inputs.source import from_base64, is_address
from pipelines.outputs import Speech
from pipelines.parse_json import parse_json
from pipelines.playground import Answer
from pipelines.registry import task as find_task
from pipelines.run import Request
from pipelines.task import Task

PIPELINE = "/pipeline/"  # some clients name the task in the path, after the model
JAVASCRIPT = "@huggingface/inference"  # in the user agent of huggingface.js
VQA = "visual-question-answering"
# The Hub's names of parameters, where ours differ.
NAMES = {"src_lang": "source", "tgt_lang": "target"}
# Parameters that clients always send, or that have no effect here.
IGNORED = {"details", "return_full_text", "clean_up_tokenization_spaces", "watermark", "stream"}


def build(calls: Calls) -> FastAPI:
    """The application below /hf."""
    app = FastAPI(
        title="Pipeline Playground, the Hub's inference API",
        version="1",
        docs_url=None,
        redoc_url=None,
    )

    @app.post("/tasks/{task}")
    async def by_task(request: HttpRequest, task: str) -> Response:
        """Answer a task with the best model that is here."""
        return await _answer(calls, request, task, "auto")

    @app.post("/models/{model:path}")
    async def by_model(request: HttpRequest, model: str, task: str | None = None) -> Response:
        """Answer a task with this model; a model that serves one task needs no `task`."""
        model, _, named = model.partition(PIPELINE)
        entry = calls.playground.catalogue.find(model)
        wanted = task or named or (entry.tasks[0] if entry else "")
        if not wanted:
            raise InputError("The task is not known.", "Add ?task=text-classification, say.")
        return await _answer(calls, request, wanted, model)

    document = hub_document.described(app, app.title)
    app.openapi = lambda: document  # type: ignore[method-assign]  # as FastAPI documents it
    handle(app, error_body)
    return app


async def _answer(calls: Calls, http: HttpRequest, name: str, model: str) -> Response:
    vqa = name == VQA
    task = find_task("image-text-to-text" if vqa else name)
    payload = await _payload(http, task)
    options = _options(task, payload)
    asked = Request(task.id, _inputs(task, payload), options, model)
    if task.id == "text-generation":
        asked = replace(asked, options={"mode": "continue", **options})
        _check_generation(payload, options)
        if payload.get("stream"):
            headers: dict[str, str] = {}
            pieces = await streaming.started(streaming.pieces(calls, http, asked, headers))
            return streaming.response(_tokens(pieces), headers)
    answer = await calls.answer(http, asked)
    if isinstance(answer.value, Speech):
        wav = encoded(answer.value, "wav")
        return Response(wav, media_type=MEDIA_TYPES["wav"], headers=notes(answer.notes))
    shaped = _shaped(task, payload, answer, vqa)
    if task.id == "image-to-text" and JAVASCRIPT in http.headers.get("user-agent", ""):
        shaped = answer.value  # the Hub's two clients expect different shapes
    return JSONResponse(shaped, headers=notes(answer.notes))


def _check_generation(payload: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    """Raise InputError for combinations that the Hub's servers do not take either."""
    parameters = _parameters(payload)
    told = ("stream", "details", "return_full_text")
    alone = any(payload.get(name) or parameters.get(name) for name in told)
    if alone and (
        not isinstance(payload["inputs"], str) or options.get("num_return_sequences", 1) != 1
    ):
        raise InputError(
            "stream, details and return_full_text go with one text and one answer.",
            "Leave them out, or send one text.",
        )


async def _payload(request: HttpRequest, task: Task) -> dict[str, Any]:
    """JSON as it was sent; other bytes are the picture or sound."""
    body = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and any(_is_file(one) for one in task.inputs):
        return {"inputs": body}
    try:
        payload = parse_json(body)
    except ValueError:
        raise InputError("The request is no JSON.", 'Send {"inputs": …}.') from None
    if not isinstance(payload, dict) or "inputs" not in payload:
        raise InputError("The request has no inputs.", 'Send {"inputs": …}.')
    return payload


def _is_file(parameter: Any) -> bool:
    return isinstance(parameter.spec, Image | Audio)


def _inputs(task: Task, payload: Mapping[str, Any]) -> dict[str, Any]:
    """The task's inputs: the one, or those that a dict names."""
    given = payload["inputs"]
    names = [one.name for one in task.inputs]
    if isinstance(given, dict) and "question" in given and "text" in names:  # huggingface.js
        given = {**given, "text": given["question"]}
    if isinstance(given, dict) and set(given) & set(names):
        values = {name: given.get(name) for name in names}
    else:
        values = {names[0]: given}
    if "question" in payload and len(names) > 1:  # as visual question answering is sent
        values[names[1]] = payload["question"]
    parameters = _parameters(payload)
    for name in names[1:]:  # candidate_labels
        values.setdefault(name, parameters.get(name))
    for one in task.inputs:
        if _is_file(one):
            given = values[one.name]
            if isinstance(given, list):
                values[one.name] = [_file(each) for each in given]
            else:
                values[one.name] = _file(given)
    return values


def _file(text: Any) -> Any:
    """The bytes of base64; data URLs and https addresses as FileData."""
    if not isinstance(text, str):
        return text
    if is_address(text):
        return {"url": text}
    try:
        return from_base64(text.encode("ascii"))
    except ValueError:
        raise InputError("The file is neither base64 nor an address.", "Send its bytes.") from None


def _parameters(payload: Mapping[str, Any]) -> dict[str, Any]:
    """All parameters in one dict, however the client nested them."""
    given = payload.get("parameters")
    given = {} if given is None else given
    if not isinstance(given, dict):
        raise InputError("parameters is no object.", 'Send {"parameters": {"top_k": 3}}.')
    root = {
        name: value
        for name, value in payload.items()
        if name not in ("inputs", "parameters", "options", "question", "image")
    }
    nested = given.get("generate_parameters") or given.get("generation_parameters") or {}
    flat = {k: v for k, v in given.items() if not k.endswith("_parameters")}
    return {**root, **flat, **(nested if isinstance(nested, dict) else {})}


def _options(task: Task, payload: Mapping[str, Any]) -> dict[str, Any]:
    known = {one.name for one in task.options}
    inputs = {one.name for one in task.inputs}
    options: dict[str, Any] = {}
    for name, value in _parameters(payload).items():
        ours = NAMES.get(name, name)
        if ours in inputs or name in IGNORED or value is None:
            continue
        if name == "do_sample" and task.id == "text-generation":
            if not value:
                options["temperature"] = 0
            continue
        if name == "grammar" and task.id == "text-generation":
            options["json_schema"] = _schema(value)
            continue
        if ours not in known:
            raise InputError(
                f"{task.id} has no parameter named {quoted(name)} here.",
                f"It takes {', '.join(sorted(known)) or 'none'}.",
            )
        options[ours] = value
    return options


def _schema(grammar: Any) -> Any:
    """The JSON schema of a grammar as text-generation-inference takes it."""
    match grammar:
        case {"type": "json" | "json_schema", "value": dict(schema)}:
            return schema.get("schema", schema) if grammar["type"] == "json_schema" else schema
    raise InputError(
        "A grammar is a JSON schema here.", 'Send {"type": "json", "value": {"type": "object", …}}.'
    )


def _shaped(task: Task, payload: Mapping[str, Any], answer: Answer, vqa: bool) -> Any:
    """The answer in the nesting of the Hub's servers, which differs from task to task."""
    value = answer.value
    many = isinstance(payload["inputs"], list)
    if vqa:
        return [{"answer": value["generated_text"], "score": None}]
    match task.id:
        case "text-classification":
            return value if many else [value]
        case "image-to-text" | "summarization" | "translation" | "image-text-to-text":
            return value if many else [value]
        case "text-generation":
            return _generated(payload, answer)
    return value


def _generated(payload: Mapping[str, Any], answer: Answer) -> list[dict[str, Any]]:
    facts, parameters = answer.facts, _parameters(payload)
    assert facts is not None
    texts = answer.value if isinstance(answer.value, list) else [answer.value]
    full = parameters.get("return_full_text")
    before = payload["inputs"] if full else ""
    made = [{"generated_text": before + one["generated_text"]} for one in texts]
    if parameters.get("details"):
        made[0]["details"] = _details(facts)
    return made


def _details(facts: Any) -> dict[str, Any]:
    return {
        "finish_reason": "length" if facts.finish_reason == "length" else "eos_token",
        "generated_tokens": facts.tokens or 0,
        "prefill": [],
        "tokens": [],
        "seed": None,
    }


async def _tokens(pieces: AsyncIterator[streaming.Piece]) -> AsyncIterator[str]:
    """A stream as text-generation-inference sends it."""
    whole, index = "", 0
    async for piece in pieces:
        index += 1
        if piece.error is not None:
            yield streaming.event({"error": piece.error["error"]["message"]})
            return
        whole += piece.text
        token = {"id": 0, "text": piece.text, "logprob": 0.0, "special": False}
        sent: dict[str, Any] = {"index": index, "token": token, "generated_text": None}
        sent["details"] = None
        if piece.facts:
            sent |= {"generated_text": whole, "details": _details(piece.facts)}
        yield streaming.event(sent)


def error_body(sentence: str, status: int, code: str | None = None) -> dict[str, Any]:
    """The Hub's form of an error."""
    return {"error": sentence}
