"""The page "Chapter 1, cell by cell"; `assets/page.js` opens what a card's "Try it" names."""

import gradio as gr
from markupsafe import Markup

from components.course.cards import Card, sections
from components.lab import Lab
from components.picker import size
from components.runs import Runs
from components.translations import text
from pipelines import Playground
from pipelines.catalogue import Entry

ABOUT = Markup("<h2>{title}</h2><p>{about} <small><a href='?course'>{link}</a></small></p>")
EVERY_CALL = (
    "Every call of the Hugging Face course's first chapter, as transformers 5 takes it, and ready "
    "to run on this page: with the course's model where the Hub is in reach, else with the starter."
)
SECTION = Markup(
    "<section><h3>{title} <small><a href='{url}' target='_blank' rel='noreferrer noopener'>"
    "{read}</a></small></h3><div class='cards'>{cards}</div></section>"
)
CARD = Markup(
    "<article class='card' id='card-{id}' tabindex='-1'><h4>{title}\N{NO-BREAK SPACE}"
    "<a class='card-link' href='?course={id}' aria-label='{to_card}'>#</a></h4>"
    "<p>{shows}</p>{code}<p class='card-run'><a class='card-try' href='{link}' data-try>{go}</a> "
    "<small>{where}</small></p></article>"
)
CODE = Markup(
    "<details><summary>{call}</summary><pre><code>{code}</code></pre>"
    "<p><small>{changed}</small></p></details>"
)


def build(playground: Playground, runs: Runs) -> None:
    """The sections of the chapter with their cards."""
    about = ABOUT.format(
        title=text(CHAPTER_1.title), about=text(EVERY_CALL), link=text("link to this page")
    )
    gr.HTML(about, elem_classes="about")
    parts = [
        SECTION.format(
            title=text(section.title),
            url=section.url,
            read=text("read it in the course"),
            cards=Markup("").join(_card(card, playground) for card in section.cards),
        )
        for section in sections()
    ]
    gr.HTML(Markup("").join(parts), elem_classes="course")


def _card(card: Card, playground: Playground) -> Markup:
    call = text("The call in transformers 5")
    code = Markup("")
    if card.code:
        code = CODE.format(call=call, code=card.code.strip(), changed=text(card.changed))
    return CARD.format(
        id=card.id,
        title=text(card.title),
        shows=text(card.shows),
        code=code,
        link=card.link,
        where=_where(card, playground),
        to_card=text("Link to this card"),
        go=text("Try it"),
    )


def _where(card: Card, playground: Playground) -> str:
    """What answers, and how much there would be to fetch."""
    if "lab" in card.open:
        return text("in a lab of this page")
    name = str(card.open.get("model", ""))
    if not name:
        return text("with the starter")
    entry: Entry | None = playground.catalogue.find(name)
    model = ", ".join(filter(None, [entry.title, size(entry)])) if entry else name
    return text("with {model}, or the starter where it cannot be had", model=model)


CHAPTER_1 = Lab(id="chapter-1", title="Chapter 1, cell by cell", build=build)
