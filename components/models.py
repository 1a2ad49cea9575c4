"""The page "Models": what is on disk and in memory, the budget, and how a model goes away.

In public mode it only shows: what all visitors share is not for one of them to remove.
"""

import time
from collections.abc import Callable
from typing import Any

import gradio as gr
from markupsafe import Markup

from components import status
from components.javascript import call
from pipelines import Playground, PlaygroundError
from pipelines.inventory import Held, delete, inventory, unload
from pipelines.store.visitor import visited

PLACES = {
    "bundled": "comes with the program",
    "cache": "downloaded, verified",
    "hub": "in the Hub's cache, shared with other programs",
    "own": "in a folder of your own, for not everybody may have it",
    "": "in memory only",
}
DELETE = "Delete the files of {name} from this disk?"


def build(playground: Playground, tab: gr.Tab) -> None:
    """The page, inside the current gradio context; listed anew whenever its tab is opened."""
    gr.HTML(
        "<h2>Models</h2><p>Models stay in memory within the budget, the least recently used leaves "
        "first. Their files stay on this disk until you delete them.</p>",
        elem_classes="about",
    )
    said = gr.HTML(elem_classes="status", elem_id="models-status")
    turn = gr.State(0)
    refresh = gr.Button("Refresh", size="sm")

    @gr.render(  # type: ignore[untyped-decorator]  # gradio's has no types
        inputs=turn, triggers=[tab.select, refresh.click, turn.change]
    )
    def listed(turns: int, signed_in: gr.OAuthToken | None) -> None:
        with visited(signed_in.token if signed_in else None):
            held = inventory(playground)
        gr.HTML(_budget(held, playground), elem_classes="budget")
        for one in held:
            with gr.Row(elem_classes="held", equal_height=True):
                gr.HTML(_facts(one))
                if playground.settings.public:
                    continue
                if one.memory_bytes:
                    button = gr.Button("Unload", size="sm", min_width=90, scale=0)
                    _wire(button, unload, one, playground, said, turn, turns)
                if one.deletable:
                    button = gr.Button("Delete", size="sm", variant="stop", min_width=90, scale=0)
                    _wire(button, delete, one, playground, said, turn, turns, DELETE)


def _wire(
    button: gr.Button,
    do: Callable[[Playground, str], None],
    held: Held,
    playground: Playground,
    said: gr.HTML,
    turn: gr.State,
    turns: int,
    question: str = "",
) -> None:
    """Do it when the button is pressed and the visitor is sure, say so, and list anew."""

    def pressed(yes: bool, signed_in: gr.OAuthToken | None) -> list[Any]:
        if not yes:
            return [gr.skip(), gr.skip()]
        try:
            with visited(signed_in.token if signed_in else None):
                do(playground, held.name)
        except PlaygroundError as error:
            return [status.error(error), turns + 1]
        return [status.gone(held.title, do.__name__), turns + 1]

    button.click(
        pressed,
        gr.Checkbox(not question, visible=False),
        [said, turn],
        js=call("confirmed", question.format(name=held.title)) if question else None,
        api_visibility="private",
        show_progress="hidden",
    )


def _budget(held: list[Held], playground: Playground) -> Markup:
    """How much of the memory budget is taken, as a bar; and of the disk."""
    used = sum(one.memory_bytes for one in held)
    budget = playground.settings.memory_bytes
    disk = sum(one.disk_bytes for one in held)
    text = f"{used / 1e6:,.0f} of {budget / 1e6:,.0f} MB of the memory budget"
    return Markup(
        '<p>{}, {:,.0f} MB on disk<br><progress aria-label="{}" max="{}" value="{}"></progress></p>'
    ).format(text, disk / 1e6, text, budget, used)


def _facts(one: Held) -> Markup:
    """One model in a line or two."""
    facts = [
        f"{one.disk_bytes / 1e6:,.1f} MB on disk" if one.disk_bytes else "",
        Markup("<b>{:,.0f} MB in memory</b>").format(one.memory_bytes / 1e6)
        if one.memory_bytes
        else "",
        "answering now" if one.in_use else "",
        _ago(one.last_used),
        PLACES[one.place],
        "" if one.whole else "not complete yet: the next run resumes its download",
    ]
    name = Markup(" <code>{}</code>").format(one.name) if one.name != one.title else ""
    line = Markup(" · ").join(filter(None, facts))
    return Markup("<p><b>{}</b>{}<br><small>{}</small></p>").format(one.title, name, line)


def _ago(moment: float) -> str:
    """How long ago it was used, in the largest unit that fits."""
    if not moment:
        return ""
    seconds = max(0.0, time.time() - moment)
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if count := int(seconds // length):
            return f"used {count} {unit}{'s' if count > 1 else ''} ago"
    return "used just now"
