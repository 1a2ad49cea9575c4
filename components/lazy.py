"""Parts of the page that are made when they are first opened.

A page with all of them from the start would take longer to open for everybody. gradio's `render`
makes them: a tab once for all visitors (`made_for_all_on`), a panel for each (`made_on`), which is
kept with the visitor's session, so it is dropped here when it is made again.

A page may outlive the process that it was opened in. So a tab has the same numbers in each process,
of its events and of its components, and is made by the first event of it that comes, too.
"""

import threading
import time
from collections import ChainMap
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import wraps
from typing import Any

import gradio as gr
from gradio.blocks import Block, Blocks, BlocksConfig
from gradio.context import Context, LocalContext, get_blocks_context, get_render_context

from components.event_options import QUIET

# Of a part: gradio numbers events and components, and a session goes on with its own numbers.
MOST = 1_000_000


def made_for_all_on(trigger: Any, make: Callable[[], None]) -> None:
    """Have `make` make its components at this place at the first such event of any visitor.

    Later visitors get the same ones, as they do of a page; what changes of them for a visitor is in
    the visitor's session. A page may send the event once.
    """
    config: Any = get_blocks_context()
    part = _SharedPart(make, config.root_block)
    part.place = _rendered(trigger, part.show)
    if not isinstance(config.fns, _Events):
        config.fns = _Events(config.fns)
    config.fns.parts[part.number] = part


def made_on(trigger: Any, make: Callable[..., None], inputs: Sequence[Any] = ()) -> None:
    """Have `make` make its components at this place of the page, anew at each such event, of one
    trigger or of several."""

    @wraps(make)  # by its signature gradio knows what to give it besides the inputs
    def made(*values: Any) -> None:
        _drop_last()
        make(*values)
        _tell_boxes_from_results_here()

    _rendered(trigger, made, inputs)


def made_while_open(
    panel: gr.Accordion, anew: Any, make: Callable[..., None], inputs: Sequence[Any]
) -> None:
    """Have `make` make its components here when the panel is opened and, while it is open, at each
    event `anew`; `make` is told first whether it is open."""
    opened = gr.State(False)
    panel.expand(lambda: True, None, opened, **QUIET)
    panel.collapse(lambda: False, None, opened, **QUIET)
    made_on([opened.change, anew], make, [opened, *inputs])


def made_once_on(trigger: Any, make: Callable[[], None]) -> None:
    """Have `make` make its components here at the first such event; they stay."""

    def made() -> None:
        make()
        _tell_boxes_from_results_here()

    opened = gr.State(False)
    trigger(lambda: True, None, opened, **QUIET)
    _rendered(opened.change, made)


def made_or_removed_on(trigger: Any, make: Callable[..., None], inputs: Sequence[Any] = ()) -> None:
    """Have `make` make its components here at the first such event; the next removes them."""

    @wraps(make)
    def made(*values: Any) -> None:
        if not _drop_last():
            make(*values)
            _tell_boxes_from_results_here()

    _rendered(trigger, made, inputs)


def _rendered(trigger: Any, made: Callable[..., None], inputs: Sequence[Any] = ()) -> Any:
    """Have `made` make its components at this place; returns gradio's renderable."""
    # gradio's queue would take some tenths of a second.
    triggers = trigger if isinstance(trigger, list) else [trigger]
    gr.render([*inputs], triggers, trigger_mode="once", show_progress="hidden", queue=False)(made)
    config: Any = get_blocks_context()
    place = config.renderables[-1]
    [event] = [fn for fn in config.fns.values() if fn.renderable is place]
    event.show_progress_on = QUIET["show_progress_on"]  # render takes no such argument
    return place


class _SharedPart:
    """A part that is made by the first visitor's event, and shown to all others as it is.

    It becomes the page's own: a session that was dropped, as of a machine that slept for hours, is
    made anew from the page, and what was opened before goes on there.
    """

    place: Any  # gradio's renderable

    def __init__(self, make: Callable[[], None], page: Blocks) -> None:
        self.make, self.page = make, page
        self.children: Sequence[Block] | None = None
        self.fns: Collection[Any] = ()
        self.lock = threading.Lock()

    @property
    def number(self) -> int:
        """The first one of its events and of its components."""
        return MOST * (1 + int(self.place._id))

    def show(self) -> None:
        """Put the part where the visitor has asked for it."""
        container: Any = get_render_context()
        container.children = [*self.built()]
        for fn in self.fns:
            fn.render_iteration = self.place.render_iteration  # gradio drops earlier ones

    def built(self) -> Sequence[Block]:
        """Its components, made now unless they are."""
        with self.lock:
            if self.children is None:
                place = LocalContext.renderable.set(self.place)
                try:
                    self.children = self._build()
                finally:
                    LocalContext.renderable.reset(place)
        return self.children

    def _build(self) -> Sequence[Block]:
        """Make it in a configuration of its own, and put that into the page's."""
        whole_page: Any = self.page.default_config
        blocks: ChainMap[int, Any] = ChainMap({}, whole_page.blocks)
        fns: ChainMap[int, Any] = ChainMap({}, whole_page.fns)
        own: Any = BlocksConfig(self.page)
        own.blocks, own.fns, own.fn_id, own.renderables = blocks, fns, self.number, []
        # As while the page is built: gradio copies the examples' files then, wherever they lie.
        running = LocalContext.blocks.set(None)
        apart = LocalContext.blocks_config.set(own)
        try:
            with gr.Column(render=False) as whole:
                self.make()
        finally:
            LocalContext.blocks_config.reset(apart)
            LocalContext.blocks.reset(running)
        for number, one in enumerate(own.renderables):
            one._id = self.number + number
        self.fns = fns.maps[0].values()
        whole_page.blocks.update(self._numbered(blocks.maps[0], own.renderables))
        _tell_boxes_from_results(blocks.maps[0].values(), self.fns)
        whole_page.fns.update(fns.maps[0])
        children: Sequence[Block] = whole.children
        return children

    def _numbered(self, blocks: Mapping[int, Any], places: Iterable[Any]) -> dict[int, Any]:
        """The components by numbers of the part's own: gradio's follow the order of making."""
        numbers = {old: self.number + n for n, old in enumerate(sorted(blocks))}
        for old, block in blocks.items():
            block._id = numbers[old]
        for place in places:
            place.container_id = numbers[place.container_id]
        for fn in self.fns:
            fn.targets = [(numbers.get(id, id), event) for id, event in fn.targets]
        # What a visitor's page gets besides comes after all that an earlier process gave it.
        Context.id = max(Context.id, int(time.time()))
        return {block._id: block for block in blocks.values()}


class _Events(dict[int, Any]):
    """The page's events by number. One of a part that is not made here yet makes it."""

    def __init__(self, events: Mapping[int, Any]) -> None:
        super().__init__(events)
        self.parts: dict[int, _SharedPart] = {}  # by their numbers

    def __missing__(self, number: int) -> Any:
        part = self.parts.get(number - number % MOST)
        if part is None or part.children is not None:
            raise KeyError(number)
        part.built()
        return self[number]


def _tell_boxes_from_results(blocks: Iterable[Any], fns: Collection[Any]) -> None:
    """Say which components take input: those that some event reads, as on a page. gradio's client
    knows that only of the events that the page was opened with."""
    read = {one._id for fn in fns for one in fn.inputs}
    filled = {one._id for fn in fns for one in fn.outputs}
    for block in blocks:
        if getattr(block, "interactive", True) is None and block._id in read | filled:
            block.interactive = block._id in read


def _tell_boxes_from_results_here() -> None:
    """The same of what was just made at this place for a visitor."""
    config, here = LocalContext.blocks_config.get(None), LocalContext.renderable.get(None)
    assert config is not None
    blocks = [one for one in config.blocks.values() if one.rendered_in is here]
    _tell_boxes_from_results(
        blocks, [one for one in config.fns.values() if one.rendered_in is here]
    )


def _drop_last() -> bool:
    """Forget the components that this visitor had here; whether there were any.

    States stay: gradio looks through the values of all that a session ever had.
    """
    config, here = LocalContext.blocks_config.get(None), LocalContext.renderable.get(None)
    assert config is not None
    assert here is not None
    last = [key for key, one in list(config.blocks.items()) if one.rendered_in is here]
    for key in last:
        if not isinstance(config.blocks[key], gr.State):
            del config.blocks[key]
    return any(key not in config.blocks for key in last)
