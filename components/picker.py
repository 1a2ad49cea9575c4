"""The model picker: the catalogue's entries for the task, a search of the Hub, facts about each."""

import logging
from collections.abc import Callable, Mapping
from functools import partial
from threading import Thread
from typing import Any

import gradio as gr
from markupsafe import Markup

from components import sentences
from components.event_options import QUIET
from components.javascript import call
from components.markup import DOT
from components.translations import text
from pipelines import Playground, PlaygroundError
from pipelines.catalogue import Entry
from pipelines.inventory import state
from pipelines.model_search import find
from pipelines.playground import Answer
from pipelines.resolve import knows_languages
from pipelines.store import Cost
from pipelines.store.search import Found
from pipelines.store.visitor import visited
from pipelines.task import Task

LEAST = 3  # letters typed before the Hub is asked
FEW = 3  # languages named in the list; of more their number
SEVERAL = "multilingual"  # the catalogue's word where nobody lists the languages
MANY = 12  # of more than so many the line about a model tells their number, too

log = logging.getLogger("playground")


def build(task: Task, playground: Playground) -> tuple[gr.Dropdown, gr.HTML]:
    """The dropdown, and the line about the chosen model (filled when the tab opens)."""
    model = gr.Dropdown(
        label=text("Model"),
        info=_info(playground),
        choices=choices(task, playground),
        value="auto",
        allow_custom_value=True,  # a training of lab 2 is in no list; `resolve` refuses the rest
        filterable=True,
    )
    return model, gr.HTML(elem_classes="about-model")


def _info(playground: Playground) -> str:
    public = playground.settings.public
    if public:
        return text("auto, a name from the list")
    return text("auto, a name from the list, or type to search the Hub")


def choices(task: Task, playground: Playground) -> list[tuple[str, str]]:
    """The catalogue's models for the task, each in one line with its state as it is now."""
    entries = playground.catalogue.for_task(task.id)
    return [("auto", "auto"), *((_label(entry, playground), entry.name) for entry in entries)]


def wire(
    model: gr.Dropdown, about: gr.HTML, changes: list[Any], task: Task, playground: Playground
) -> Any:
    """Show facts when the choice changes, and the states of all at the `changes`, for then the
    model may be here; search while one types. Returns the event after which the facts are there."""

    told = facts(task, playground)
    picked = model.change(told, model, about, **QUIET)
    fixed = [(str(label), str(name)) for label, name in model.choices]
    known = partial(choices, task, playground) if changes else lambda: fixed
    if changes:
        gr.on(changes, lambda: states(task, playground), None, model, **QUIET).then(
            told, model, about, **QUIET
        )
    # What stands in the box is replaced by what one types, not lengthened.
    model.focus(None, js=call("selectTyped"))
    if not playground.settings.public:
        model.key_up(
            _searcher(known, task, playground),
            gr.Textbox(visible=False),
            model,
            js=call("typedNow"),
            trigger_mode="always_last",
            **QUIET,
        )
    return picked


def wire_offer(
    recommend: gr.Button, model: gr.Dropdown, task: Task, playground: Playground
) -> None:
    """The button takes the recommended model."""
    if best := playground.catalogue.recommended(task.id):
        recommend.click(lambda: best.name, None, model, **QUIET)


def facts(task: Task, playground: Playground) -> Callable[[str, gr.OAuthToken | None], str]:
    """What fills the line about the chosen model, asked for as its visitor."""

    def told(name: str, signed_in: gr.OAuthToken | None) -> str:
        with visited(signed_in.token if signed_in else None):
            return describe(name, task, playground)

    return told


def states(task: Task, playground: Playground) -> Any:
    """The list with its states, once more."""
    return gr.update(choices=choices(task, playground))


def wire_opened(
    opened: gr.Button, model: gr.Dropdown, about: gr.HTML, task: Task, playground: Playground
) -> None:
    """The same when the tab is opened: the model is loaded meanwhile. Facts are asked for last, of
    the model that stands in the box by then."""

    def load(name: str, signed_in: gr.OAuthToken | None) -> Any:
        token = signed_in.token if signed_in else None
        Thread(target=playground.load_ahead, args=(task.id, name, token), daemon=True).start()
        return states(task, playground)

    opened.click(load, model, model, **QUIET).then(facts(task, playground), model, about, **QUIET)


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
            failed = text("The search failed ({error}): see the log.", error=type(error).__name__)
            return gr.update(info=failed)
        found = [(_found(one), one.name) for one in results.models]
        return gr.update(
            choices=[*listed, *found], info=sentences.known(results.remark) or _info(playground)
        )

    return search


def _found(one: Found) -> str:
    """A model that the search found, in one line."""
    facts = [
        text("{count} downloads", count=f"{one.downloads:,}") if one.downloads is not None else "",
        text("{count} likes", count=f"{one.likes:,}") if one.likes is not None else "",
        f"{one.size_bytes / 1e6:,.0f} MB" if one.size_bytes else "",
        one.licence,
        text("on this disk") if one.here else "",
    ]
    return " · ".join([one.name, *filter(None, facts)])


def describe(name: str, task: Task, playground: Playground) -> Markup:
    """One line about the model that would answer."""
    try:
        entry = playground.resolve(task, name)
    except PlaygroundError as error:
        line = Markup('<p class="error"><b>{}</b> {}</p>')
        return line.format(sentences.known(error.sentence), sentences.known(error.hint))
    needed: list[Markup] = []
    try:
        if cost := playground.cost(entry):
            needed = [price(cost, playground)]
    except PlaygroundError as error:
        line = Markup('<b class="error">{}</b> {}')
        needed = [line.format(sentences.known(error.sentence), sentences.known(error.hint))]
    entry = playground.store.described(entry)  # what the Hub told when it was asked for the cost
    few = len(entry.languages) <= MANY
    facts = [
        Markup("<b>{}</b>").format(sentences.known(entry.title)),
        text(entry.licence) if entry.size_bytes else "",
        size(entry),
        _languages(entry, few),
        text(state(entry, playground)),
        *_pages(entry, task),
    ]
    remarks = []
    if entry.good_at:
        remarks.append(Markup("{} <i>{}</i>").format(text(entry.good_at), text(entry.bad_at)))
    others = playground.catalogue.starters(task.id) if name == "auto" else []
    remarks += [
        text("For {languages}:", languages=_languages(other, few=True))
        + Markup(" <b>{}</b> · {} · {} · {}").format(
            other.title, text(other.licence), size(other), text(state(other, playground))
        )
        for other in others
        if other != entry
    ]
    told = Markup("<p>{}</p>").format(DOT.join(filter(None, facts)))
    price_line = Markup("").join(Markup("<p><small>{}</small></p>").format(one) for one in needed)
    about = Markup("<details><summary>{}</summary><small>{}</small></details>")
    return (
        told
        + price_line
        + (
            about.format(text("What it is good at"), Markup("<br>").join(remarks))
            if remarks
            else ""
        )
    )


def _pages(entry: Entry, task: Task) -> list[Markup]:
    """Links to the Hub's pages of the model, if it is there, and of the task."""
    link = Markup('<a href="https://huggingface.co/{}" target="_blank" rel="noopener">{}</a>')
    model = [link.format(entry.hub, text("its page"))] if entry.hub else []
    return [*model, link.format(f"tasks/{task.id}", text("the task on the Hub"))]


def price(cost: Cost, playground: Playground) -> Markup:
    """What a model that is not here takes: download, disk, memory, licence; and whether it fits."""
    budget = playground.settings.memory_bytes
    room = cost.download_bytes <= cost.free_bytes
    bold = Markup("<b>{}</b>")
    disk = text("fits the disk") if room else bold.format(text("more than is free"))
    fits = cost.memory_bytes <= budget
    most = f"{budget / 1e6:,.0f}"
    within = text("within the budget of {size} MB", size=most)
    beyond = bold.format(text("more than the budget of {size} MB", size=most))
    facts = [
        text(
            "{size} MB to download, {fit}",
            size=f"{cost.download_bytes / 1e6:,.1f}",
            fit=Markup("{}").format(disk),
        ),
        text(
            "about {size} MB of memory, {fit}",
            size=f"{cost.memory_bytes / 1e6:,.0f}",
            fit=Markup("{}").format(within if fits else beyond),
        ),
        text("licence {name}", name=text(cost.licence))
        if cost.licence
        else text("licence: see its card"),
        text("gated: ask for access on its page") if cost.gated else "",
        text("safetensors by the Hub's bot (pull request {number})", number=cost.pull_request)
        if cost.pull_request
        else "",
    ]
    return DOT.join(filter(None, facts))


def offer(answer: Answer, task: Task, playground: Playground, options: Mapping[str, Any]) -> Any:
    """The button for the recommended model, shown when a starter answered and that model knows the
    languages in `options`; it is said louder when the starter says that it does not know this."""
    known = playground.catalogue
    best, starters = known.recommended(task.id), {one.name for one in known.starters(task.id)}
    by_starter = bool(answer.facts and answer.facts.model in starters)
    fits = best and knows_languages(best, task, playground.store, options)
    if not best or not fits or not (by_starter or answer.offer_recommended):
        return gr.update(visible=False)
    better = text("A better model: {model}, {size}", model=best.title, size=size(best))
    instead = text("Use {model} instead", model=best.title)
    return gr.update(visible=True, value=instead if answer.offer_recommended else better)


def _label(entry: Entry, playground: Playground) -> str:
    few = len(entry.languages) <= FEW
    now = text(state(entry, playground))
    licence = text(entry.licence) if entry.licence else ""
    facts = [
        entry.title,
        size(entry) or text("size unknown"),
        licence,
        _languages(entry, few),
        now,
    ]
    return " · ".join(filter(None, facts))


def size(entry: Entry) -> str:
    """The size of a model's files, or "" where it is not known."""
    if not entry.size_computed:
        return entry.size
    return (
        text("about {size} MB", size=f"{entry.size_bytes / 1e6:,.0f}") if entry.size_bytes else ""
    )


def _languages(entry: Entry, few: bool) -> str:
    """The codes of a model's languages or, if they are many, their number."""
    if few:
        return ", ".join(text(SEVERAL) if one == SEVERAL else one for one in entry.languages)
    return text("{count} languages", count=len(entry.languages))
