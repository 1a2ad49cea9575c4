"""The gate: every value that a browser or a client sends passes here before anything else sees it.

All ways in (the page's events, the endpoints, MCP tools, direct calls by number) end in one method
of gradio's Blocks. There each value is held against what its component sends: a text box sends a
string, a slider a number, a picture box a file that was uploaded to this server. What is
something else gets one sentence, the same whether a file exists or not. gradio itself checks only
files marked with `meta`, and components with `preprocess=False` check nothing.

Rows of `gr.api` have no component: their values may have any shape, and are read by
`pipelines.inputs`, which opens files in the upload folder only (`pipelines.inputs.files`). Lone
surrogates are replaced in all of them, for gradio cannot send them back.
"""

import logging
import math
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components.api_component import Api
from gradio.utils import get_upload_folder
from starlette.concurrency import run_in_threadpool

from components.sentences import in_a_line
from components.translations import text
from pipelines.errors import InputError, PlaygroundError
from pipelines.inputs.files import not_uploaded, within
from pipelines.inputs.messages import ROLES
from pipelines.inputs.source import is_address
from pipelines.store.download import is_full, no_room
from pipelines.surrogates import without_surrogates

log = logging.getLogger("playground")
DEEPEST = 16  # lists and dicts within each other
LONGEST_NAME = 255  # characters of a file's name, and of what is chosen from a list
LONGEST_TEXT = 1_000_000  # characters of a text box; tasks count far fewer, lab 2 reads so many
LONGEST_ERROR = 500


def upload_folders() -> tuple[Path, ...]:
    """The folders whose files a visitor may use: what was uploaded or made here. Examples are
    copied there by gradio when the page is built."""
    return (Path(get_upload_folder()),)


class GatedBlocks(gr.Blocks):
    """gradio's Blocks with the gate in front."""

    async def process_api(self, *args: Any, **options: Any) -> dict[str, Any]:
        """Answer one call; whatever goes wrong is one sentence for the client."""
        try:
            if event := options.get("event_data"):
                _plain(event._data)
                event._data = without_surrogates(event._data)
            answer: dict[str, Any] = await super().process_api(*args, **options)
            return answer
        except gr.Error:
            raise
        except PlaygroundError as error:
            raise user_error(error) from error
        except Exception as error:
            if is_full(error):
                log.warning("an event failed: %s", error)
                raise user_error(no_room()) from error
            # A defect, or a call that no page makes; the client learns nothing of the inside.
            log.exception("an event failed")
            raise user_error(_not_from_the_page()) from error

    async def preprocess_data(
        self, block_fn: Any, inputs: list[Any], state: Any, explicit_call: bool = False
    ) -> list[Any]:
        """Let gradio preprocess the values that pass. What it refuses was no page's either."""
        if not block_fn.fn:  # an event of the page's script alone, which no page sends
            log.warning("a call of event %s, which the server does not answer", block_fn._id)
            raise _not_from_the_page()
        if not explicit_call:
            inputs = await run_in_threadpool(self._admit_all, block_fn.inputs, inputs)
        try:
            values: list[Any] = await super().preprocess_data(
                block_fn, inputs, state, explicit_call
            )
        except gr.Error as error:
            # Says what was sent, and the page shows errors as HTML.
            text = escape(str(error.message)[:LONGEST_ERROR])
            raise gr.Error(text, print_exception=False) from error
        except Exception as error:
            log.info("gradio refused a value of %s: %r", block_fn.name, error)
            raise _not_from_the_page() from error
        return values

    def _admit_all(self, components: list[Any], values: Any) -> list[Any]:
        if not isinstance(values, list):
            raise _not_from_the_page()
        missing = components[len(values) :]
        if not all(isinstance(one, Api) for one in missing):
            raise _not_from_the_page()
        values = [*values, *(one.value for one in missing)]  # an endpoint's options have defaults
        return [
            None if component.stateful else without_surrogates(admit(component, value))
            for component, value in zip(components, values, strict=False)
        ]


def _not_from_the_page() -> InputError:
    return InputError(
        text("The page cannot use what was sent to it."), text("Reload the page and try again.")
    )


def user_error(error: PlaygroundError) -> gr.Error:
    """A sentence to the client; no traceback to the log."""
    return gr.Error(in_a_line(error)[:LONGEST_ERROR], print_exception=False)


def admit(component: Any, value: Any) -> Any:
    """The value, if the component can have sent it.

    Raises:
        InputError: it cannot.
    """
    match component:
        case Api():
            return _plain(value)
        case gr.Dataset():  # a click on an example: its number
            return _index(value, len(component.samples))
        case gr.Radio() if component.value is not None:  # one of its choices is always chosen
            return _choice(value)
        case _ if value is None:
            return None
        case gr.Image() | gr.Audio() | gr.File():
            return [_file(one) for one in value] if isinstance(value, list) else _file(value)
        case gr.Chatbot():
            return _chat(value)
        case gr.Textbox() | gr.Button():
            return _text(value, LONGEST_TEXT)
        case gr.HTML() if isinstance(value, str):  # a view that reads what it showed
            return _text(value, LONGEST_TEXT)
        case gr.Slider() | gr.Number():
            return _number(value)
        case gr.Checkbox():
            return _of(bool, value)
        case gr.Dropdown(multiselect=True):
            return [_text(one, LONGEST_TEXT) for one in _of(list, value)]
        case gr.Dropdown() | gr.Radio():
            return _choice(value)
    return _plain(value)


def admit_json(value: Any) -> Any:
    """JSON that came as a text, its files uploaded ones.

    Raises:
        InputError: it holds something else.
    """
    return _plain(value)


def _of(kind: Any, value: Any) -> Any:
    if not isinstance(value, kind):
        raise _not_from_the_page()
    return value


def _choice(value: Any) -> Any:
    return _text(value, LONGEST_NAME) if isinstance(value, str) else _of(int | float, value)


def _text(value: Any, longest: int) -> str:
    if len(text := str(_of(str, value))) > longest:
        raise InputError(f"That is more than {longest:,} characters.", "Shorten it.")
    return text


def _index(value: Any, length: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < length:
        raise _not_from_the_page()
    return value


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _not_from_the_page()
    return value


def _plain(value: Any, depth: int = 0) -> Any:
    """JSON of bounded depth, in which every file is one that was uploaded."""
    if depth > DEEPEST:
        raise _not_from_the_page()
    if isinstance(value, list | tuple):
        return [_plain(one, depth + 1) for one in value]
    if isinstance(value, dict):
        # A JSON schema may have properties of these names, which are no texts.
        if isinstance(value.get("path"), str) or isinstance(value.get("url"), str):
            return _file(value, urls=True)
        return {_of(str, key): _plain(one, depth + 1) for key, one in value.items()}
    return value


def _file(value: Any, urls: bool = False) -> dict[str, Any]:
    """gradio's FileData with nothing in it but what gradio's own client sends. `urls`: data URLs
    and web addresses may stand in its place, for `pipelines.inputs` to read; gradio fetches none.

    Raises:
        InputError: it is not a file that was uploaded here.
    """
    if not isinstance(value, dict):
        raise not_uploaded()
    path = value.get("path")
    address = path or value.get("url")
    if urls and is_address(address):
        return {"url": address}
    if not isinstance(path, str) or not within(path, upload_folders()):
        raise not_uploaded()
    name, size, kind = value.get("orig_name"), value.get("size"), value.get("mime_type")
    return {
        "path": path,
        "url": None,
        "orig_name": name[:LONGEST_NAME] if isinstance(name, str) else None,
        "size": size if isinstance(size, int) else None,
        "mime_type": kind[:LONGEST_NAME] if isinstance(kind, str) else None,
        "is_stream": False,
        "meta": {"_type": "gradio.FileData"},
    }


def _chat(value: Any) -> list[dict[str, Any]]:
    """The messages of a chat: text and uploaded files. gradio's chat could hold components too,
    which it would make anew from what the client names."""
    return [_message(one) for one in _of(list, value)]


def _message(message: Any) -> dict[str, Any]:
    role = _of(str, _of(dict, message).get("role"))
    if role not in ROLES:
        raise _not_from_the_page()
    content = message.get("content")
    parts = content if isinstance(content, list) else [content]
    return {"role": role, "content": [_part(part) for part in parts]}


def _part(part: Any) -> dict[str, Any]:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    if "file" in _of(dict, part):
        text = part.get("alt_text")
        alt = text[:LONGEST_NAME] if isinstance(text, str) else None
        return {"type": "file", "file": _file(part["file"]), "alt_text": alt}
    return {"type": "text", "text": _of(str, part.get("text"))}
