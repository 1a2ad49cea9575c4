"""“Use it from code”: the same call from Python, transformers, the APIs' clients and curl.

Filled in with what stands in the widgets when the panel is opened and after each run; where they
are empty, with the last question asked or the tab's first example.
"""

import json
import re
import shlex
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import gradio as gr
from gradio.components import Component

from components import api_snippets
from components.event_options import QUIET
from components.output_state import Values
from components.translations import text
from pipelines import Playground
from pipelines.catalogue import TRANSFORMERS_FORMAT, Entry
from pipelines.inputs import Audio, Image, Language
from pipelines.languages import name as language_name
from pipelines.resolve import HUB_ID
from pipelines.task import Task

# The clients of the APIs come before the last.
LANGUAGES = ("Python", "transformers", "gradio_client", "curl")
HIGHLIGHTED: dict[str, Any] = {"curl": "shell"} | dict.fromkeys(
    api_snippets.JAVASCRIPT, "javascript"
)
PLAIN_NAME = re.compile(r"[\w./-]+")  # others are quoted for curl
FIELD = re.compile(r"\{(\w+)\}")
# Code for plain transformers; or code by a pattern of the Hub ids; or what gives these for options.
Templates: TypeAlias = str | dict[str, str] | Callable[[dict[str, Any]], dict[str, str]]
NO_MODEL = "# Plain transformers runs no model listed here; for code write a Hub id it does run."


def languages(task: Task, playground: Playground) -> tuple[str, ...]:
    """The languages that the call can be written in."""
    *others, last = LANGUAGES
    return (*others, *(api_snippets.languages(task) if playground.settings.api else ()), last)


def build(choices: Sequence[str]) -> tuple[gr.Accordion, gr.Radio, gr.Code]:
    """The panel, the choice of language and the code."""
    with gr.Accordion(text("Use it from code"), open=False) as panel:
        language = gr.Radio(list(choices), value="Python", show_label=False, container=False)
        shown = gr.Code(language="python", label=text("Code"), interactive=False)
    return panel, language, shown


def wire(
    panel: gr.Accordion,
    language: gr.Radio,
    shown: gr.Code,
    given: set[Component],
    make: Callable[[str, str, Values], str],
    result: gr.Code,
) -> None:
    """Fill in the code when the panel opens, another language is chosen or a result is there."""

    def fill(request: gr.Request, values: Values) -> Any:
        chosen = values[language]
        url = str(request.request.base_url) if request.request else ""
        text = make(chosen, url, values)
        return gr.update(value=text, language=HIGHLIGHTED.get(chosen, "python"))

    gr.on(
        [panel.expand, language.change, result.change],
        fill,
        {language, *given},
        shown,
        preprocess=False,
        **QUIET,
    )


def filled(task: Task, inputs: dict[str, Any], example: list[Any]) -> dict[str, Any]:
    """The inputs, empty ones as in the example: without them the code would only raise."""
    full = dict(inputs)
    for parameter, value in zip(task.inputs, example, strict=True):
        file = isinstance(parameter.spec, Image | Audio)
        full[parameter.name] = full[parameter.name] or ({"path": value} if file else value)
    return full


def snippet(
    task: Task,
    transformers: Templates,
    language: str,
    url: str,
    inputs: dict[str, Any],
    options: dict[str, Any],
    model: str,
    playground: Playground,
) -> str:
    """The code in one language. Files stand as names; a default option is left out."""
    defaults = {p.name: p.default for p in task.options}
    chosen = {k: v for k, v in options.items() if v != defaults[k] and v not in ("", None, [])}
    plain = {name: _plain(value) for name, value in inputs.items()}
    files = frozenset(name for name, value in inputs.items() if isinstance(value, dict))
    if language in api_snippets.languages(task):
        key = "YOUR_API_KEY" if playground.settings.api_keys else "none"
        asked = api_snippets.Call(task, url, key, plain, files, chosen, model)
        return api_snippets.snippet(language, asked)
    if model != "auto":
        chosen = {"model": model, **chosen}
    if language == "transformers":
        return _transformers(task, transformers, plain, {**defaults, **options}, model, playground)
    if language == "Python":
        words = [repr(v) for v in plain.values()] + [f"{k}={v!r}" for k, v in chosen.items()]
        return f"from pipelines import run\n\nprint(run({', '.join([repr(task.id), *words])}))"
    if language == "gradio_client":
        words = [
            f"{k}=handle_file({v!r})" if k in files else f"{k}={v!r}" for k, v in plain.items()
        ]
        words += [f"{k}={v!r}" for k, v in chosen.items()] + [f'api_name="/{task.name}"']
        return (
            "from gradio_client import Client, handle_file\n\n"
            f"client = Client({url!r})\nprint(client.predict({', '.join(words)}))"
        )
    return _by_curl(task, url, plain, files, chosen)


def _by_curl(
    task: Task, url: str, inputs: dict[str, Any], files: frozenset[str], options: dict[str, Any]
) -> str:
    """For a shell: files are uploaded first, their paths stand in variables."""
    uploads, words, text = "", "", "{"
    for name, value in {**inputs, **options}.items():
        text += f"{'' if text == '{' else ', '}{json.dumps(name)}: "
        if name not in files:
            text += json.dumps(value, ensure_ascii=False)
            continue
        uploads += (
            f"{name.upper()}=$(curl -s -F {shlex.quote(_form(value))} {url}gradio_api/upload"
            " | cut -d'\"' -f2)\n"
        )
        words += shlex.quote(text + '{"path": "') + f'"${name.upper()}"'
        text = '"}'
    words += shlex.quote(text + "}")
    call = f"{url}gradio_api/call/v2/{task.name}"
    return (
        f"{uploads}EVENT=$(curl -s {call} -H 'Content-Type: application/json' \\\n"
        f"  -d {words} | cut -d'\"' -f4)\n"
        f"curl -sN {call.replace('/v2', '')}/$EVENT"
    )


def _form(file: str) -> str:
    """A file as curl's -F takes it; some characters have a meaning there unless it is quoted."""
    plain = PLAIN_NAME.fullmatch(file)
    return "files=@" + (file if plain else json.dumps(file, ensure_ascii=False))


def _transformers(
    task: Task,
    templates: Templates,
    inputs: dict[str, Any],
    options: dict[str, Any],
    model: str,
    playground: Playground,
) -> str:
    """The template of the picked model, else of the first one that plain transformers runs."""
    options = {name: None if value == "" else value for name, value in options.items()}
    templates = templates(options) if callable(templates) else templates
    listed = playground.catalogue.for_task(task.id)
    tried = [(_hub_id(playground.catalogue.find(model), model), "")]
    tried += [(_hub_id(entry, entry.name), entry.title) for entry in listed]
    fitting = [(hub, title) for hub, title in tried if _template(templates, hub)]
    if not fitting:
        return NO_MODEL
    hub, title = fitting[0]
    said = f"# {title}: the first model listed here that plain transformers runs.\n"
    words = {name: repr(value) for name, value in (inputs | options).items()} | {"model": hub}
    for option in task.options:
        if isinstance(option.spec, Language):
            words[f"{option.name}_name"] = language_name(options[option.name])
    template = _template(templates, hub).strip()
    # All at once: a text may have {model} in it.
    code = FIELD.sub(lambda found: words.get(found[1], found[0]), template)
    return said + code if title else code


def _hub_id(entry: Entry | None, model: str) -> str:
    """The Hub id to load with transformers, or "" where there is none."""
    if entry:
        return entry.hub if entry.hub and entry.engine in TRANSFORMERS_FORMAT else ""
    return model if HUB_ID.fullmatch(model) else ""


def _template(templates: str | dict[str, str], hub: str) -> str:
    """The code for a Hub id, or "" where there is none."""
    kinds = {"": templates} if isinstance(templates, str) else templates
    found = (code for kind, code in kinds.items() if re.search(kind, hub.lower()))
    return next(found, "") if hub else ""


def _plain(value: Any) -> Any:
    """A value as a person would write it: a file by its name."""
    if isinstance(value, dict):
        return value.get("orig_name") or str(value.get("path", "")).rsplit("/", 1)[-1]
    return value if value is not None else ""
