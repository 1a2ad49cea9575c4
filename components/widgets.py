"""Widgets from descriptions: each kind of input and option has one, made only here."""

from collections.abc import Iterable
from typing import Any

import gradio as gr
from gradio.components import Component

from components.translations import text
from pipelines.inputs import (
    Audio,
    Choice,
    Flag,
    Image,
    Labels,
    Language,
    Line,
    LongText,
    Messages,
    Number,
    StopStrings,
    Text,
    Timestamps,
    Voice,
    Words,
)
from pipelines.inputs.options import Choice as ChoiceOption
from pipelines.languages import name as language_name
from pipelines.settings import Settings
from pipelines.task import Parameter

TIMES: list[tuple[str, str | int | float]] = [
    ("none##times", False),
    ("of pieces", True),
    ("of words", "word"),
]
RUNS = "(Shift+Enter or Ctrl+Enter runs)"  # in a box of several lines, where Enter is a line end


def input_widget(parameter: Parameter[Any], settings: Settings) -> Component:
    """The widget of an input."""
    spec = parameter.spec
    match spec:
        case Text():
            hint = said(spec.placeholder)
            hint = f"{hint} {text(RUNS)}" if spec.lines > 1 else hint
            return gr.Textbox(
                label=text(spec.label), placeholder=hint.strip(), lines=spec.lines, max_lines=20
            )
        case Messages():
            return gr.Textbox(
                label=text(spec.label), placeholder=said(spec.placeholder), lines=1, max_lines=8
            )
        case Labels():
            return gr.Dropdown(
                label=text(spec.label),
                info=said(spec.placeholder),
                choices=[],
                value=[],
                multiselect=True,
                allow_custom_value=True,
            )
        case Image():
            return gr.Image(
                label=text(spec.label),
                type="filepath",
                sources=["upload", "webcam", "clipboard"],
                height=320,
            )
        case Audio():
            return gr.Audio(
                label=text(spec.label), type="filepath", sources=["microphone", "upload"]
            )
    raise TypeError(f"no widget for {spec!r}")


def said(words: str) -> str:
    """A description's text, if it has one."""
    return text(words) if words else ""


def option_widget(parameter: Parameter[Any], value: Any) -> Component:
    """The widget of an option, under transformers' name for it."""
    spec = parameter.spec
    shown: dict[str, Any] = {"label": parameter.name, "info": said(spec.help), "value": value}
    match spec:
        case Number() if spec.optional:
            return gr.Number(**shown, minimum=spec.minimum, maximum=spec.maximum, precision=0)
        case Number():
            return gr.Slider(spec.minimum, spec.maximum, step=spec.step, **shown)
        case Choice():
            return gr.Dropdown(**{**shown, "value": value or ""}, choices=_choices(spec))
        case Language():
            return gr.Dropdown(
                **shown,
                choices=language_choices(spec.choices),
                filterable=True,
                allow_custom_value=True,  # a code may be typed, as fr-FR
            )
        case Voice():  # shown once a model of several is picked
            return gr.Dropdown(
                **shown, choices=[], filterable=True, allow_custom_value=True, visible=False
            )
        case Flag():
            return gr.Checkbox(**shown)
        case Timestamps():
            return gr.Radio([(text(name), value) for name, value in TIMES], **shown)
        case Words():
            return gr.Dropdown(
                **{**shown, "value": value or []},
                choices=[],
                multiselect=True,
                allow_custom_value=True,
            )
        case Line():
            return gr.Textbox(**shown, lines=1)
        case LongText():
            return gr.Textbox(**shown, placeholder=text(RUNS), lines=spec.lines, max_lines=8)
        case StopStrings():
            offered = [(text("line end"), "\n"), (text("empty line"), "\n\n")]
            return gr.Dropdown(**shown, choices=offered, multiselect=True, allow_custom_value=True)
    raise TypeError(f"no widget for {spec!r}")


def language_choices(codes: Iterable[str]) -> list[tuple[str, str]]:
    """Languages as a person reads them, in the order of their names."""
    return [
        (text(name), code) for name, code in sorted((language_name(code), code) for code in codes)
    ]


def _choices(spec: ChoiceOption) -> list[tuple[str, str]]:
    """Choices as a person reads them: language codes by their names."""
    codes = all(2 <= len(c) <= 3 and c.isalpha() and c.islower() for c in spec.choices)
    languages = codes and "anguage" in spec.help
    named = language_choices(spec.choices) if languages else [(c, c) for c in spec.choices]
    return ([(text("detect"), "")] if spec.optional else []) + named
