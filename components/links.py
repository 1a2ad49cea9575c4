"""Links that fill in a tab: `?task=translation&text=Good+day&target=fr&model=opus-mt-en-fr`.

The names are those of the inputs and options; a name given several times is a list. A picture or
sound is one of the examples, by its file's name, or an https address. Whatever else stands in a
link is left out, and said to be. A link that is opened fills in and runs nothing: anyone can write
one. The course page runs what its cards fill in, and says what to fill in where a card's model
cannot be had.
"""

import filecmp
import math
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import gradio as gr
from gradio.components import Component
from gradio.utils import get_upload_folder

from components.course.cards import STARTER
from components.event_options import QUIET
from components.examples import FOLDER
from components.javascript import call
from components.record import Record
from components.sentences import in_a_line, known
from components.translations import text
from components.web_address import kept, name_of
from pipelines import Playground
from pipelines.errors import InputError, PlaygroundError, quoted
from pipelines.inputs import Audio, Image
from pipelines.inputs.web_address import is_web_address
from pipelines.parse_json import parse_json
from pipelines.store.visitor import visited
from pipelines.task import Task

MOST_CHARACTERS = 8_000  # of a link; longer ones do not survive mail programs and proxies
LONGEST_WARNING = 300
NOT_OURS = ("_", "utm_", "fbclid", "gclid")  # what other sites add to links
TAKEN = ("task", STARTER)  # what a link has besides inputs and options
EMPTY: tuple[Any, ...] = (None, "", [])
TRUE = {"1", "true", "yes", "on"}


def wire(
    tab: str,
    inputs: Mapping[str, Component],
    options: Mapping[str, Component],
    run: gr.Button,
    task: Task,
    playground: Playground,
) -> Any:
    """What a link to this tab fills in, by the names in it; `run` is then clicked by a card.

    Returns the event after which it stands there.

    Options that the link does not name, and the model, go back to where they start: what an earlier
    card set is not meant for this one.
    """
    fields = {**inputs, **options}
    button = gr.Button(visible="hidden", elem_id=f"link-{tab}")
    run.elem_id = f"run-{tab}"

    def fill(sent: str, signed_in: gr.OAuthToken | None) -> dict[Component, Any]:
        with visited(signed_in.token if signed_in else None):
            found = filled(_values(sent), fields, task, playground)
        if not found:
            return {component: gr.skip() for component in fields.values()}
        return {component: component.value for component in options.values()} | found

    event = button.click(
        fill,
        button,  # its value is what the browser tells of the link
        [*fields.values()],
        js=call("linkValues"),
        **QUIET,
    )
    event.success(None, None, None, js=call("linkFilled", tab))
    return event


def _values(sent: str | None) -> dict[str, list[str]]:
    """The names and values of a link, as the browser tells them."""
    if not sent:
        return {}
    if len(sent) > 2 * MOST_CHARACTERS:
        raise gr.Error(text("This link is too long."), print_exception=False)
    try:
        values = parse_json(sent)
        told = {name: [_string(one) for one in several] for name, several in values.items()}
        return {name: several for name, several in told.items() if several}
    except (ValueError, TypeError, AttributeError):
        return {}


def _string(value: Any) -> str:
    """The value, which is a string.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(value, str):
        raise TypeError
    return value


def link(
    task: Task,
    fields: Mapping[str, Component],
    record: gr.State,
    values: Mapping[Component, Any],
    warns: bool = True,
) -> str:
    """The part of the address behind the page's own that fills the tab in as it stands.

    A box that is empty has what it held at the last run: a chat's question has left its box.
    `warns`: it says which files it leaves out.

    Raises:
        InputError: it would be too long.
    """
    last: Record | None = values[record]
    typed: Mapping[str, Any] = last.typed if last else {}
    said = [("task", task.id)]
    for name, component in fields.items():
        value = values[component]
        value = typed.get(name) if value in EMPTY else value
        if value not in (*EMPTY, component.value):
            said += [(name, word) for word in _words(name, component, value, warns)]
    written = f"?{urlencode(said)}"
    if len(written) > MOST_CHARACTERS:
        raise InputError(
            f"A link holds {MOST_CHARACTERS:,} characters, and this input takes {len(written):,}.",
            "Shorten the text.",
        )
    return written


def _words(name: str, component: Component, value: Any, warns: bool) -> list[str]:
    """What `filled` reads as this value; of a file nothing, unless it is an example."""
    if isinstance(component, gr.Image | gr.Audio):
        if example := _example(value):
            return [example]
        if warns:
            warn(text("The {name} is not in the link, for only this page has the file.", name=name))
        return []
    if isinstance(value, list):
        return [str(one) for one in value]
    return [str(value)]


def _example(file: Mapping[str, Any]) -> str | None:
    """The name of the example that has the content of this file."""
    for name, path in _examples().items():
        if path.name == file.get("orig_name") and filecmp.cmp(path, file["path"], shallow=False):
            return name
    return None


def _examples() -> dict[str, Path]:
    return {file.relative_to(FOLDER).as_posix(): file for file in FOLDER.rglob("*.*")}


def warn(sentence: str) -> None:
    """A warning on the page, which shows HTML; what a link says is text."""
    gr.Warning(escape(sentence[:LONGEST_WARNING]), title=text("Warning"))


def filled(
    values: Mapping[str, list[str]],
    fields: Mapping[str, Component],
    task: Task,
    playground: Playground,
) -> dict[Component, Any]:
    """The components that a link fills in, with their values; what cannot be used is said."""
    found: dict[Component, Any] = {}
    if "model" in values:
        name = values["model"][0]
        try:
            playground.cost(playground.resolve(task, name))
            found[fields["model"]] = name
        except PlaygroundError as error:
            if len(values) == 1:  # the model alone: the line about it says what is the matter
                return {fields["model"]: name}
            warn(
                text(
                    "{model} cannot be had here, so “auto” is picked instead. {why}",
                    model=name,
                    why=known(error.sentence),
                )
            )
            found[fields["model"]] = "auto"
            instead = parse_qs(values.get(STARTER, [""])[0], keep_blank_values=True)
            values = {**values, **instead}
    for name, component in fields.items():
        if name in values and name != "model":
            try:
                found[component] = _value(component, values[name], playground)
            except PlaygroundError as error:
                why = in_a_line(error)
                warn(text("The link's {name} cannot be used. {why}", name=name, why=why))
    if left := [n for n in values if n not in {*fields, *TAKEN} and not n.startswith(NOT_OURS)]:
        warn(
            text(
                "This tab takes {names}; the link’s {left} does not count here.",
                names=", ".join(fields),
                left=", ".join(left),
            )
        )
    return found


def _value(component: Component, several: list[str], playground: Playground) -> Any:
    """What the component takes for these words.

    Raises:
        InputError: it takes no such value.
    """
    first = several[0]
    match component:
        case gr.Image():
            return _file(Image(), first, playground)
        case gr.Audio():
            return _file(Audio(), first, playground)
        case gr.Dropdown(multiselect=True):
            return several
        case gr.Dropdown(choices=[]):  # those that the model has
            return first
        case gr.Dropdown() | gr.Radio():
            known = {str(value): value for _, value in component.choices}
            known |= {name.lower(): value for name, value in known.items()}  # true
            if first not in known:
                raise InputError(f"{quoted(first)} is none of the choices.", "Choose one.")
            return known[first]
        case gr.Slider() | gr.Number():
            return _number(component, first)
        case gr.Checkbox():
            return first.lower() in TRUE
    return first


def _number(component: gr.Slider | gr.Number, written: str) -> float:
    try:
        value = float(written)
    except ValueError:
        raise InputError(f"{quoted(written)} is no number.", "Give one.") from None
    least, most = component.minimum, component.maximum
    inside = (least is None or value >= least) and (most is None or value <= most)
    if not (inside and math.isfinite(value)):
        raise InputError(f"{value:g} is out of range.", f"Give {least} to {most}.")
    return int(value) if value.is_integer() else value


def _file(kind: Image | Audio, name: str, playground: Playground) -> str:
    if is_web_address(name):
        return kept(kind, name, playground.settings, get_upload_folder())
    files = _examples()
    if name not in files:
        raise InputError(
            f"There is no example named {quoted(name)}.", f"Drop a {name_of(kind)} of yours."
        )
    return str(files[name])
