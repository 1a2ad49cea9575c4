"""A box for the web address of a picture or sound, below the box which it fills."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import gradio as gr
from gradio.components import Component
from gradio.processing_utils import save_bytes_to_cache
from gradio_client.utils import strip_invalid_filename_characters

from components import status
from components.event_options import QUIET
from components.output_state import Values
from components.server.gate import user_error
from components.translations import text
from pipelines.errors import PlaygroundError
from pipelines.inputs import Audio, Image
from pipelines.inputs.web_address import fetch
from pipelines.progress import Progress
from pipelines.settings import Settings


@dataclass(frozen=True)
class AddressBox:
    """A box for addresses and the input that it fills."""

    spec: Image | Audio
    target: Component
    box: gr.Textbox


def build(spec: object, target: Component, settings: Settings) -> list[AddressBox]:
    """The box and its event, for inputs that are files; nothing where addresses are not fetched."""
    if not isinstance(spec, Image | Audio) or not settings.web_files:
        return []
    box = gr.Textbox(
        show_label=False,
        container=False,
        placeholder=text(f"Or the https address of a {name_of(spec)}, and Enter"),
        elem_classes="web-address",
    )
    box.submit(
        _fetched(spec, target, settings),
        box,
        [target, box],
        api_visibility="private",
        show_progress_on=target,
    )
    return [AddressBox(spec, target, box)]


def before_run(boxes: list[AddressBox], shown: gr.HTML, settings: Settings) -> dict[str, Any]:
    """An event's options: it fetches what was typed and not fetched yet; `shown` says so."""

    def fetch_typed(values: Values) -> Iterator[Values]:
        yield {one: gr.skip() for one in [shown, *targets]}
        for one in boxes:
            if address := (values[one.box] or "").strip():
                told = text(f"Fetching the {name_of(one.spec)}")
                about = status.progress(Progress("downloading", told))
                yield {shown: about}
                try:
                    path = kept(one.spec, address, settings, one.target.GRADIO_CACHE)
                except PlaygroundError as error:
                    yield {shown: status.error(error)}
                    raise user_error(error) from error
                yield {one.target: path, one.box: "", shown: about}

    targets = [part for one in boxes for part in (one.target, one.box)]
    return {
        "fn": fetch_typed,
        "inputs": {one.box for one in boxes},
        "outputs": [shown, *targets],
        "concurrency_limit": None,
        **QUIET,
    }


def _fetched(spec: Image | Audio, target: Component, settings: Settings) -> Callable[[str], Any]:
    def fetched(address: str) -> tuple[Any, Any]:
        """The file, once it was read as what it is to be; the box is emptied."""
        if not address.strip():
            return gr.skip(), gr.skip()
        try:
            return kept(spec, address.strip(), settings, target.GRADIO_CACHE), ""
        except PlaygroundError as error:
            raise user_error(error) from error

    return fetched


def name_of(spec: Image | Audio) -> str:
    """The kind of file in plain words: "picture" or "sound"."""
    return "picture" if isinstance(spec, Image) else "sound"


def kept(spec: Image | Audio, address: str, settings: Settings, folder: str) -> str:
    """The path of the file at this address, kept in the folder under its own name.

    Raises:
        InputError: it cannot be fetched, or not be read as what it is to be.
    """
    content = fetch(address, name_of(spec), settings)
    spec.read(content, settings)
    name = unquote(urlsplit(address).path).rpartition("/")[2]
    return str(save_bytes_to_cache(content, strip_invalid_filename_characters(name), folder))
