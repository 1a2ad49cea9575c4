"""The endpoints that scripts rely on, one per task, made from the adapters' signatures.

Each is a gr.api function: named, typed, described, and with mcp on also a tool for models.
"""

import inspect
from collections.abc import Callable
from typing import Any, get_args, get_type_hints

from gradio.data_classes import FileData
from gradio.events import api
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

from components.picker import state
from components.results.sound import wav
from components.server.gate import user_error
from pipelines import Playground, PlaygroundError
from pipelines.inputs import Audio, Image, Labels, Messages, Text
from pipelines.outputs import Speech
from pipelines.registry import task as find_task
from pipelines.registry import tasks
from pipelines.task import Parameter, Task

SENT: dict[type, Any] = {
    Text: str,
    Messages: str,
    Labels: list[str],
    Image: FileData,
    Audio: FileData,
}


def build(playground: Playground) -> None:
    """Make the endpoints inside the current gradio context."""
    for task in tasks().values():
        api(_endpoint(task, playground), api_name=task.name, concurrency_limit=None)
    api(_models(playground), api_name="models", concurrency_limit=None)


def _endpoint(task: Task, playground: Playground) -> Callable[..., Any]:
    names = [p.name for p in task.inputs]

    def call(*values: Any) -> Any:
        inputs = dict(zip(names, values, strict=False))
        model, *rest = values[len(names) :]
        options = dict(zip((p.name for p in task.options), rest, strict=False))
        try:
            value = playground.run(task.id, inputs, model or "auto", options).value
        except PlaygroundError as error:
            raise user_error(error) from error
        return _file(value) if isinstance(value, Speech) else value

    returns = get_type_hints(task.run)["return"]
    returns = get_args(returns)[0] if task.streams else returns
    returns = FileData if returns is Speech else returns
    call.__name__ = task.name
    call.__doc__ = _description(task)
    _sign(call, task, returns)
    return call


def _sign(call: Callable[..., Any], task: Task, returns: Any) -> None:
    """Give the function the signature that gradio reads: inputs, model, options."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [
        inspect.Parameter(p.name, kind, annotation=SENT[type(p.spec)]) for p in task.inputs
    ]
    parameters.append(inspect.Parameter("model", kind, default="auto", annotation=str))
    parameters += [
        inspect.Parameter(p.name, kind, default=p.default, annotation=p.type) for p in task.options
    ]
    call.__signature__ = inspect.Signature(parameters, return_annotation=returns)  # type: ignore[attr-defined]
    call.__annotations__ = {p.name: p.annotation for p in parameters} | {"return": returns}


def _description(task: Task) -> str:
    """A docstring that a person and a model can use; gradio takes the parameters from it."""

    def line(parameter: Parameter[Any]) -> str:
        spec = parameter.spec
        text = getattr(spec, "help", None) or getattr(spec, "label", "")
        return f"        {parameter.name}: {text}."

    model = "        model: A catalogue name, a Hub id, or auto for the best that is here."
    lines = [*(line(p) for p in task.inputs), model, *(line(p) for p in task.options)]
    return f"{task.summary} ({task.id})\n\n    Args:\n" + "\n".join(lines)


def _file(speech: Speech) -> FileData:
    path = save_bytes_to_cache(wav(speech), "speech.wav", get_upload_folder())
    return FileData(path=path, orig_name="speech.wav", mime_type="audio/wav")


def _models(playground: Playground) -> Callable[[str | None], list[dict[str, Any]]]:
    def models(task: str | None = None) -> list[dict[str, Any]]:
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
        return [
            {
                "name": entry.name,
                "tasks": list(entry.tasks),
                "engine": entry.engine,
                "licence": entry.licence,
                "size_bytes": entry.size_bytes,
                "languages": list(entry.languages),
                "state": state(entry, playground),
            }
            for entry in entries
        ]

    return models
