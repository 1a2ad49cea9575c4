"""The endpoints that scripts rely on, one per task, made from the adapters' signatures.

Each is a gr.api function: named, typed, described, and with mcp on also a tool for models.
"""

import inspect
from collections.abc import Callable, Iterator
from html import escape
from typing import Any, get_args, get_type_hints

import gradio as gr
from gradio.data_classes import FileData
from gradio.events import api
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

from components.server.gate import user_error
from pipelines import Playground, PlaygroundError
from pipelines.inputs import Audio, Image, Labels, Messages, Text
from pipelines.inventory import Listed, listed
from pipelines.outputs import Speech, wav
from pipelines.playground import Answer
from pipelines.registry import task as find_task
from pipelines.registry import tasks
from pipelines.run import Request, current
from pipelines.task import Task

# Of a text that grows, the client is sent all of it so often.
EVERY_SECONDS = 0.25
SENT: dict[type, Any] = {
    Text: str | list[str],
    Messages: str | list[str],
    Labels: list[str],
    Image: FileData,
    Audio: FileData,
}


def build(playground: Playground) -> None:
    """Make the endpoints inside the current gradio context."""
    for task in tasks().values():
        api(_endpoint(task, playground), api_name=task.name, concurrency_limit=None)
        for alias in task.aliases:  # the same again: not among the tools that a model is told of
            api(
                _endpoint(task, playground),
                api_name=alias.replace("-", "_"),
                api_visibility="undocumented",
                concurrency_limit=None,
            )
    api(_models(playground), api_name="models", concurrency_limit=None)


def _endpoint(task: Task, playground: Playground) -> Callable[..., Any]:
    names = [p.name for p in task.inputs]

    def growing(request: gr.Request, *values: Any) -> Iterator[Any]:
        inputs = dict(zip(names, values, strict=False))
        model, *rest = values[len(names) :]
        options = dict(zip((p.name for p in task.options), rest, strict=False))
        asked = Request(task.id, inputs, options, model or "auto")
        try:
            for event in playground.stream_request(asked, current().cancel, EVERY_SECONDS):
                if isinstance(event, Answer):
                    yield _told(event, request) if event.facts else event.value
        except PlaygroundError as error:
            raise user_error(error) from error

    def whole(request: gr.Request, *values: Any) -> Any:
        value: Any = None
        for one in growing(request, *values):
            value = one
        return value

    returns = get_type_hints(task.run)["return"]
    returns = get_args(returns)[0] if task.streams else returns
    # Sound is a file: it is not written anew for each sentence.
    call = growing if task.streams and returns is not Speech else whole
    returns = FileData if returns is Speech else returns
    call.__name__ = task.name
    call.__doc__ = _description(task)
    _sign(call, task, returns)
    return call


def _told(answer: Answer, request: gr.Request) -> Any:
    """The last answer of a run, with its notes."""
    for note in answer.notes:
        gr.Warning(escape(note, quote=False))
    value = _files(answer.value)
    told = answer.notes and _by_mcp(request)
    return {"result": value, "notes": list(answer.notes)} if told else value


def _by_mcp(request: gr.Request) -> bool:
    """Whether a tool is called: gradio passes no warnings on to the model that called it."""
    return bool(request.headers and request.headers.get("x-gradio-user") == "mcp")


def _sign(call: Callable[..., Any], task: Task, returns: Any) -> None:
    """Give the function the signature that gradio reads: inputs, model, options."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter("request", kind, annotation=gr.Request)]
    parameters += [
        inspect.Parameter(p.name, kind, annotation=SENT[type(p.spec)]) for p in task.inputs
    ]
    parameters.append(inspect.Parameter("model", kind, default="auto", annotation=str))
    parameters += [
        inspect.Parameter(p.name, kind, default=p.default, annotation=p.type) for p in task.options
    ]
    call.__signature__ = inspect.Signature(parameters, return_annotation=returns)  # type: ignore[attr-defined]  # read by inspect, unknown to Callable
    call.__annotations__ = {p.name: p.annotation for p in parameters} | {"return": returns}


def _description(task: Task) -> str:
    """A docstring that a person and a model can use; gradio takes the parameters from it."""

    told = {p.name: p.spec.label for p in task.inputs}
    told["model"] = "A catalogue name, a Hub id, or auto for the best that is here"
    told |= {p.name: p.spec.help for p in task.options}
    lines = [f"        {name}: {text}." for name, text in told.items()]
    return f"{task.summary} ({task.id})\n\n    Args:\n" + "\n".join(lines)


def _files(value: Any) -> Any:
    """The answer with speech as files."""
    if isinstance(value, list):
        return [_files(one) for one in value] if value and isinstance(value[0], Speech) else value
    return _file(value) if isinstance(value, Speech) else value


def _file(speech: Speech) -> FileData:
    path = save_bytes_to_cache(wav(speech), "speech.wav", get_upload_folder())
    return FileData(path=path, orig_name="speech.wav", mime_type="audio/wav")


def _models(playground: Playground) -> Callable[[str | None], list[Listed]]:
    def models(task: str | None = None) -> list[Listed]:
        """The models of the catalogue, with where their files are.

        Args:
            task: A task id, to list only its models.
        """
        try:
            wanted = find_task(task).id if task else None
        except PlaygroundError as error:
            raise user_error(error) from error
        known = playground.catalogue
        entries = known.for_task(wanted) if wanted else list(known.entries.values())
        return [listed(entry, playground) for entry in entries]

    return models
