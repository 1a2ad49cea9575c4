"""Tabs that are made when one visitor first opens them, for all."""

import secrets
from collections.abc import Iterator
from typing import Any

import gradio as gr
import pytest
from gradio.blocks import BlocksConfig
from gradio.context import LocalContext

from components.lazy import made_for_all_on, made_on
from components.server.sessions import Sessions


def inner() -> None:
    gr.HTML()


class Lazy:
    """A page with two tabs, and visitors who open them."""

    def __init__(self) -> None:
        self.made: list[str] = []
        with gr.Blocks() as self.page:
            for name in ("first", "second"):
                made_for_all_on(gr.Button().click, self.part(name))
        self.sessions = Sessions(self.page)
        self.first, self.second = (
            one.renderable for one in self.page.fns.values() if one.renderable
        )

    def part(self, name: str) -> Any:
        def make() -> None:
            self.made.append(name)
            box = gr.Textbox(label=name)
            box.submit(lambda text: text, box, box)
            with gr.Accordion(open=False) as panel:
                made_on(panel.expand, inner)

        return make

    def opens(self, session: BlocksConfig, renderable: Any) -> dict[str, Any]:
        """What the visitor's page is told when it opens the part."""
        LocalContext.blocks_config.set(session)
        renderable.apply()
        config: dict[str, Any] = session.get_config(renderable)
        return config


@pytest.fixture
def lazy() -> Iterator[Lazy]:
    yield Lazy()
    LocalContext.blocks_config.set(None)


def session(lazy: Lazy) -> BlocksConfig:
    """That of another visitor."""
    return lazy.sessions[secrets.token_hex(4)].blocks_config


def test_a_part_is_made_once_and_shown_to_all_visitors(lazy: Lazy) -> None:
    ada, otto = session(lazy), session(lazy)
    shown = lazy.opens(ada, lazy.first)
    again = lazy.opens(otto, lazy.first)
    assert lazy.made == ["first"]
    labels = [one["props"].get("label") for one in shown["components"]]
    assert "first" in labels
    assert [one["id"] for one in again["components"]] == [one["id"] for one in shown["components"]]
    events = [one["id"] for one in shown["dependencies"]]
    assert len(events) == 2
    assert [one["id"] for one in again["dependencies"]] == events
    dropped = session(lazy)  # as of a machine that slept: its page has the part already
    assert all(one.fns[event] is ada.fns[event] for one in (otto, dropped) for event in events)


def test_a_page_of_an_earlier_process_finds_its_tabs_under_the_same_numbers() -> None:
    earlier, later = Lazy(), Lazy()
    before = session(earlier)
    shown = {one._id: earlier.opens(before, one) for one in (earlier.first, earlier.second)}
    after = session(later)
    again = later.opens(after, later.second)  # another one is the first that is opened here
    wanted = shown[later.second._id]
    # The first is the place itself, which each page has from its beginning.
    (_, *ids), (_, *wanted_ids) = (
        [component["id"] for component in one["components"]] for one in (again, wanted)
    )
    assert ids == wanted_ids
    for one, other in zip(again["dependencies"], wanted["dependencies"], strict=True):
        assert (one["id"], one["targets"]) == (other["id"], other["targets"])
    event = shown[later.first._id]["dependencies"][0]
    assert after.fns[event["id"]].inputs[0]._id == event["inputs"][0]
    assert later.made == ["second", "first"]
    others = {event["id"] + 500, later.first._id, 10**12, -1}
    for unknown in others - set(later.page.fns):
        with pytest.raises(KeyError):
            after.fns[unknown]
    assert later.made == ["second", "first"]


def test_what_events_read_takes_input_and_what_they_only_fill_does_not(lazy: Lazy) -> None:
    def make() -> None:
        model, shown = gr.Dropdown(["auto"], value="auto"), gr.Textbox("-", label="Answer")
        model.change(lambda model: (model, model), model, [model, shown])

    with lazy.page:
        made_for_all_on(gr.Button().click, make)
    *_, third = (one.renderable for one in lazy.page.fns.values() if one.renderable)
    props = {
        one["type"]: one["props"].get("interactive")
        for one in lazy.opens(session(lazy), third)["components"]
    }
    assert (props["dropdown"], props["textbox"]) == (True, False)


def test_what_a_visitor_opens_in_it_is_not_taken_for_another_part(lazy: Lazy) -> None:
    ada, otto = session(lazy), session(lazy)
    lazy.opens(ada, lazy.first)
    lazy.opens(ada, lazy.second)
    lazy.opens(otto, lazy.second)  # in another order
    lazy.opens(otto, lazy.first)
    for visitor in (ada, otto):
        inner = [one for one in visitor.fns.values() if one.renderable and one.rendered_in]
        assert len({one._id for one in inner}) == len(inner) == 2
        ids = {one.renderable._id for one in visitor.fns.values() if one.renderable}
        assert len(ids) == 4
        for one in inner:
            [html] = [
                made["id"]
                for made in lazy.opens(visitor, one.renderable)["components"]
                if made["type"] == "html"
            ]
            assert html in visitor.blocks
    assert not [one for one in lazy.page.blocks.values() if isinstance(one, gr.HTML)]
