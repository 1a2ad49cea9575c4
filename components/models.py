"""The page "Models": what is on disk and in memory, the budget, and how a model goes away.

A table whose columns can be sorted; assets/page.js sorts it, and tells which button was pressed. In
public mode it only shows: what all visitors share is not for one of them to remove.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr
from markupsafe import Markup

from components import status
from components.event_options import QUIET
from components.javascript import call
from components.translations import text
from pipelines import Playground, PlaygroundError
from pipelines.errors import ModelError
from pipelines.inventory import Held, delete, inventory, unload
from pipelines.store.visitor import visited

PLACES = {
    "bundled": "comes with the program",
    "cache": "downloaded, verified",
    "hub": "in the Hub's cache, shared with other programs",
    "own": "in a folder of your own, for not everybody may have it",
    "": "in memory only",
}
DELETE = "Delete the files of {model} from this disk?"
ACTIONS: dict[str, Callable[[Playground, str], None]] = {"unload": unload, "delete": delete}
COLUMNS = ("Model", "Files", "On disk", "In memory", "Last used")
HEAD = Markup('<th scope="col"><button type="button" data-sort>{}</button></th>')
TABLE = Markup(
    '<table><thead><tr>{}<th><span class="sr-only">{}</span></th></tr></thead>'
    "<tbody>{}</tbody></table>"
)
CELL = Markup('<td data-label="{}" data-value="{}">{}</td>')
ROW = Markup('<tr class="held">{}<td class="actions">{}</td></tr>')
BUTTON = Markup(
    '<button type="button" data-act="{act}" data-name="{name}" data-sure="{sure}" '
    'aria-label="{label}: {title}">{label}</button>'
)
NONE = "No model is on this disk yet: the first run of a tab brings one."
ABOUT = (
    "Models stay in memory within the budget, the least recently used leaves first; the libraries "
    "that run them count too. Their files stay on this disk until you delete them."
)


def build(playground: Playground, tab: gr.Tab) -> None:
    """The page, inside the current gradio context; listed anew whenever its tab is opened."""
    gr.HTML(
        Markup("<h2>{}</h2><p>{}</p>").format(text("Models"), text(ABOUT)),
        elem_classes="about",
    )
    said = gr.HTML(elem_classes="status", elem_id="models-status")
    budget = gr.HTML(elem_classes="budget")
    table = gr.HTML(
        js_on_load=f"({call('listenToModels')})(element, trigger)", elem_classes="models"
    )
    refresh = gr.Button(text("Refresh"), size="sm", min_width=120, elem_classes="refresh")

    def listed(signed_in: gr.OAuthToken | None) -> list[Markup]:
        with visited(signed_in.token if signed_in else None):
            held = inventory(playground)
        return [_budget(held, playground), _table(held, playground.settings.public)]

    def pressed(event: gr.EventData, signed_in: gr.OAuthToken | None) -> list[Markup]:
        with visited(signed_in.token if signed_in else None):
            try:
                line = _done(playground, event._data)
            except PlaygroundError as error:
                line = status.error(error)
        return [line, *listed(signed_in)]

    gr.on([tab.select, refresh.click], listed, None, [budget, table], **QUIET)
    if not playground.settings.public:
        table.click(pressed, None, [said, budget, table], **QUIET)


def _done(playground: Playground, asked: Any) -> Markup:
    """Unload or delete what was asked for, and say so.

    Raises:
        PlaygroundError: it is not there, or not to be removed now.
    """
    given = asked if isinstance(asked, dict) else {}
    act, name = (str(given.get(key)) for key in ("act", "name"))
    held = next((one for one in inventory(playground) if one.name == name), None)
    if held is None or act not in ACTIONS:
        raise ModelError(text("This model is not here any more."), text("Refresh the list."))
    ACTIONS[act](playground, name)
    return status.gone(held.title, act)


def _budget(held: Sequence[Held], playground: Playground) -> Markup:
    """How much of the memory budget the process takes, as a bar; and of the disk."""
    used = playground.cache.held_bytes()
    budget = playground.settings.memory_bytes
    disk = sum(one.disk_bytes for one in held)
    told = text(
        "{used} of {budget} MB of the memory budget",
        used=f"{used / 1e6:,.0f}",
        budget=f"{budget / 1e6:,.0f}",
    )
    on_disk = text("{size} MB on disk", size=f"{disk / 1e6:,.0f}")
    return Markup(
        '<p>{}, {}<br><progress aria-label="{}" max="{}" value="{}"></progress></p>'
    ).format(told, on_disk, told, budget, used)


def _table(held: Sequence[Held], public: bool) -> Markup:
    if not held:
        return Markup("<p>{}</p>").format(text(NONE))
    head = Markup("").join(HEAD.format(text(name)) for name in COLUMNS)
    return TABLE.format(head, text("Remove"), Markup("").join(_row(one, public) for one in held))


def _row(one: Held, public: bool) -> Markup:
    """One model; each cell has what it is sorted by."""
    code = Markup("<code>{}</code>").format(one.name) if one.name != one.title else ""
    place = text(PLACES[one.place])
    place += "" if one.whole else "; " + text("the next run resumes its download")
    memory = _size(one.memory_bytes) + (", " + text("answering now") if one.in_use else "")
    cells = (
        (one.title.casefold(), Markup("<b>{}</b> {}").format(one.title, code)),
        (place, place),
        (one.disk_bytes, _size(one.disk_bytes)),
        (one.memory_bytes, memory),
        (one.last_used, _ago(one.last_used)),
    )
    shown = (CELL.format(text(name), *cell) for name, cell in zip(COLUMNS, cells, strict=True))
    return ROW.format(Markup("").join(shown), "" if public else _buttons(one))


def _buttons(one: Held) -> Markup:
    offered = [("unload", text("Unload"), "")] if one.memory_bytes else []
    offered += [("delete", text("Delete"), text(DELETE, model=one.title))] if one.deletable else []
    return Markup("").join(
        BUTTON.format(act=act, name=one.name, title=one.title, sure=sure, label=label)
        for act, label, sure in offered
    )


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB" if count else ""


def _ago(moment: float) -> str:
    """How long ago it was used, in the largest unit that fits."""
    if not moment:
        return ""
    seconds = max(0.0, time.time() - moment)
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if count := int(seconds // length):
            return text(f"used {{count}} {unit}{'s' if count > 1 else ''} ago", count=count)
    return text("used just now")
