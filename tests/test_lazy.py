"""Parts of the page that are made when they are opened, and what of them a session keeps."""

from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr
import pytest
from gradio.context import LocalContext

from components.lazy import made_on, made_once_on, made_or_removed_on

Press = Callable[[], list[str]]


def make() -> None:
    gr.HTML()
    gr.State()


@pytest.fixture
def opened() -> Iterator[Callable[[Callable[..., None]], Press]]:
    """What makes `make` in a given way; each press tells the kinds of the session's components."""

    def by(way: Callable[..., None]) -> Press:
        with gr.Blocks() as page:
            way(gr.Button().click, make)
        [event] = [one for one in page.fns.values() if one.renderable]
        session = page.default_config.__copy__()
        LocalContext.blocks_config.set(session)
        before = set(session.blocks)

        def press() -> list[str]:
            renderable: Any = event.renderable
            renderable.apply()
            return sorted(
                type(one).__name__ for id, one in session.blocks.items() if id not in before
            )

        return press

    yield by
    LocalContext.blocks_config.set(None)


def test_what_a_press_made_the_next_one_removes(opened: Callable[..., Press]) -> None:
    press = opened(made_or_removed_on)
    assert press() == ["HTML", "State"]
    assert press() == ["State"]  # a state's values are looked through by gradio
    assert press() == ["HTML", "State", "State"]


def test_what_is_made_anew_takes_the_place_of_what_was_there(opened: Callable[..., Press]) -> None:
    press = opened(made_on)
    assert press() == ["HTML", "State"]
    assert press() == ["HTML", "State", "State"]


def test_what_is_made_once_is_not_made_by_the_second_opening() -> None:
    with gr.Blocks() as page, gr.Accordion() as panel:
        made_once_on(panel.expand, make)
    [state] = [one for one in page.blocks.values() if isinstance(one, gr.State)]
    [making] = [one for one in page.fns.values() if one.renderable]
    assert making.targets == [(state._id, "change")]  # which is set to the same at each opening
    [opening] = [one for one in page.fns.values() if not one.renderable]
    assert opening.targets == [(panel._id, "expand")]
    assert opening.fn is not None
    assert opening.fn() is True


@pytest.mark.parametrize("way", [made_on, made_or_removed_on, made_once_on])
def test_a_box_that_an_event_reads_takes_input_whatever_stands_in_it(
    way: Callable[..., None],
) -> None:
    def boxes() -> None:
        read, filled = gr.Textbox("a"), gr.Textbox("b")
        gr.Button().click(str, read, filled)

    with gr.Blocks() as page:
        way(gr.Button().click, boxes)
    [place] = page.default_config.renderables
    session = page.default_config.__copy__()
    asked = LocalContext.blocks_config.set(session)
    try:
        place.apply()
    finally:
        LocalContext.blocks_config.reset(asked)
    made = [one for one in session.blocks.values() if isinstance(one, gr.Textbox)]
    assert [one.interactive for one in made] == [True, False]
