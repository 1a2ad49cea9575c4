"""The model picker: the catalogue's entries for the task, a search of the Hub, facts about each."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import gradio as gr
from markupsafe import Markup

from components.javascript import call
from pipelines import Playground, PlaygroundError
from pipelines.catalogue import Entry
from pipelines.choice import choose
from pipelines.model_search import find
from pipelines.playground import Answer
from pipelines.store import Cost
from pipelines.store.search import Found
from pipelines.store.visitor import visited
from pipelines.task import Task

LEAST = 3  # letters typed before the Hub is asked
FEW = 3  # languages named in the list; of more their number

log = logging.getLogger("playground")


def build(task: Task, playground: Playground) -> tuple[gr.Dropdown, gr.HTML]:
    """The dropdown, and the line about the chosen model (filled when the tab opens)."""
    model = gr.Dropdown(
        label="Model",
        info=_info(playground),
        choices=choices(task, playground),
        value="auto",
        allow_custom_value=True,  # a training of lab 2 is in no list; `choose` refuses the rest
        filterable=True,
    )
    return model, gr.HTML(elem_classes="about-model")


def _info(playground: Playground) -> str:
    public = playground.settings.public
    return "auto, a name from the list" + ("" if public else ", or type to search the Hub")


def choices(task: Task, playground: Playground) -> list[tuple[str, str]]:
    """The catalogue's models for the task, each in one line with its state as it is now."""
    entries = playground.catalogue.for_task(task.id)
    return [("auto", "auto"), *((_label(entry, playground), entry.name) for entry in entries)]


def wire(
    model: gr.Dropdown, about: gr.HTML, changes: list[Any], task: Task, playground: Playground
) -> None:
    """Show facts when the choice changes, and the states of all at the `changes`, for then the
    model may be here; search while one types."""

    asking: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    model.change(facts(task, playground), model, about, **asking)
    fixed = list(model.choices)
    known = partial(choices, task, playground) if changes else lambda: fixed
    if changes:
        gr.on(changes, states(task, playground), model, [about, model], **asking)
    # What stands in the box is replaced by what one types, not lengthened.
    model.focus(None, js=call("selectTyped"))
    if not playground.settings.public:
        model.key_up(
            _searcher(known, task, playground),
            gr.Textbox(visible=False),
            model,
            js=call("typedNow"),
            trigger_mode="always_last",
            **asking,
        )


def wire_offer(
    recommend: gr.Button, model: gr.Dropdown, task: Task, playground: Playground
) -> None:
    """The button takes the recommended model."""
    if best := playground.catalogue.recommended(task.id):
        recommend.click(lambda: best.name, None, model, api_visibility="private")


def facts(task: Task, playground: Playground) -> Callable[[str, gr.OAuthToken | None], str]:
    """What fills the line about the chosen model, asked for as its visitor."""

    def told(name: str, signed_in: gr.OAuthToken | None) -> str:
        with visited(signed_in.token if signed_in else None):
            return describe(name, task, playground)

    return told


def states(
    task: Task, playground: Playground
) -> Callable[[str, gr.OAuthToken | None], tuple[str, Any]]:
    """What fills that line, and the list with its states, once more."""
    about = facts(task, playground)

    def told(name: str, signed_in: gr.OAuthToken | None) -> tuple[str, Any]:
        return about(name, signed_in), gr.update(choices=choices(task, playground))

    return told


def _searcher(
    known: Callable[[], list[tuple[str, str]]], task: Task, playground: Playground
) -> Any:
    """Lists, after the catalogue's models, those whose names contain what is being typed."""

    def search(typed: str | None, signed_in: gr.OAuthToken | None) -> Any:
        words, listed = (typed or "").strip(), known()
        if len(words) < LEAST or words in {label for label, _ in listed}:
            return gr.skip()
        try:
            with visited(signed_in.token if signed_in else None):
                results = find(playground, task, words)
        except Exception as error:  # a defect of ours: typing must not end in an error message
            log.exception("the search for %r failed", words)
            return gr.update(info=f"The search failed ({type(error).__name__}): see the log.")
        found = [(_found(one), one.name) for one in results.models]
        return gr.update(choices=[*listed, *found], info=results.remark or _info(playground))

    return search


def _found(one: Found) -> str:
    """A model that the search found, in one line."""
    facts = [
        f"{one.downloads:,} downloads" if one.downloads is not None else "",
        f"{one.likes:,} likes" if one.likes is not None else "",
        f"{one.size_bytes / 1e6:,.0f} MB" if one.size_bytes else "",
        one.licence,
        "on this disk" if one.here else "",
    ]
    return " · ".join([one.name, *filter(None, facts)])


def describe(name: str, task: Task, playground: Playground) -> Markup:
    """One line about the model that would answer."""
    try:
        entry = choose(task, name, playground.catalogue, playground.store, playground.settings)
    except PlaygroundError as error:
        line = Markup('<p class="error"><b>{}</b> {}</p>')
        return line.format(error.sentence, error.hint)
    facts = [
        Markup("<b>{}</b>").format(entry.title),
        entry.licence if entry.size_bytes else "",
        f"{entry.size_bytes / 1e6:,.0f} MB" if entry.size_bytes else "",
        ", ".join(entry.languages),
        state(entry, playground),
    ]
    remarks = []
    if entry.good_at:
        remarks.append(Markup("{} <i>{}</i>").format(entry.good_at, entry.bad_at))
    try:
        needed = playground.store.cost(entry)
        if needed:
            remarks.append(price(needed, playground))
    except PlaygroundError as error:
        line = Markup('<b class="error">{}</b> {}')
        remarks.append(line.format(error.sentence, error.hint))
    told = Markup(" · ").join(filter(None, facts))
    return Markup("<p>{}<br><small>{}</small></p>").format(told, Markup("<br>").join(remarks))


def price(cost: Cost, playground: Playground) -> Markup:
    """What a model that is not here takes: download, disk, memory, licence; and whether it fits."""
    budget = playground.settings.memory_bytes
    room = cost.download_bytes <= cost.free_bytes
    disk = "fits the disk" if room else Markup("<b>more than is free</b>")
    fits = cost.memory_bytes <= budget
    memory = "within the budget of" if fits else Markup("<b>more than the budget of</b>")
    facts = [
        Markup("{:,.1f} MB to download, {}").format(cost.download_bytes / 1e6, disk),
        Markup("about {:,.0f} MB of memory, {} {:,.0f} MB").format(
            cost.memory_bytes / 1e6, memory, budget / 1e6
        ),
        f"licence {cost.licence}" if cost.licence else "licence: see its card",
        "gated: ask for access on its page" if cost.gated else "",
        f"safetensors by the Hub's bot (pull request {cost.pull_request})"
        if cost.pull_request
        else "",
    ]
    return Markup(" · ").join(filter(None, facts))


def state(entry: Entry, playground: Playground) -> str:
    """One of bundled, cached, downloadable, unreachable, loaded."""
    if any(one.name == entry.name for one in playground.cache.loaded()):
        return "loaded"
    return playground.store.state(entry)


def offer(answer: Answer, task: Task, playground: Playground) -> Any:
    """The button for the recommended model, shown when the starter answered; it is said louder
    when the starter itself says that it does not know this."""
    known = playground.catalogue
    best, starter = known.recommended(task.id), known.starter(task.id)
    by_starter = bool(starter and answer.facts and answer.facts.model == starter.name)
    if not best or not (by_starter or answer.offer_recommended):
        return gr.update(visible=False)
    better = f"A better model: {best.title}, {best.size_bytes / 1e6:,.0f} MB"
    return gr.update(
        visible=True, value=f"Use {best.title} instead" if answer.offer_recommended else better
    )


def _label(entry: Entry, playground: Playground) -> str:
    size = f"{entry.size_bytes / 1e6:,.0f} MB" if entry.size_bytes else "size unknown"
    few = len(entry.languages) <= FEW
    languages = ", ".join(entry.languages) if few else f"{len(entry.languages)} languages"
    facts = [entry.title, size, entry.licence, languages, state(entry, playground)]
    return " · ".join(filter(None, facts))
