"""What a tab shows before its first run: its first example, and what a starter answered to it.

The answers were computed once and lie in assets/previews.json, so that no model is loaded for them;
`python -m components.preview` makes the file anew, with the models of this machine. They stand in
the line of status, which the first run replaces; meanwhile the empty result is hidden (page.css).
"""

import base64
import io
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from markupsafe import Markup

from components import status
from components.examples import FOLDER
from components.translations import text
from pipelines.folders import ASSETS
from pipelines.parse_json import parse_json
from pipelines.registry import tasks
from pipelines.task import Task

if TYPE_CHECKING:
    from PIL.Image import Image

FILE = ASSETS / "previews.json"
MOST_BARS = 4
MOST_CHARACTERS = 280  # of an input; a text to summarize is cut
MOST_IN_LINE = 60  # of an input or an answer in a line
PREVIEW = Markup(
    '<section class="preview" aria-label="{name}"><h3>{title}</h3><div>{given}</div>'
    '<div class="answer">{answer}</div><p><a class="card-try" data-try href="{link}">{go}</a> '
    "<small>{by}</small></p></section>"
)
TEXT = Markup("<blockquote>{}</blockquote>")
PICTURE = Markup('<img alt="{}" src="{}">')
THUMBNAIL = Markup('<img alt="" src="{}">')
SOUND = Markup('<audio controls src="{}" aria-label="{}"></audio>')
BAR = Markup(
    '<div class="lab-bar"><span>{}</span><i><b style="width:{:.1%}"></b></i><em>{:.2f}</em></div>'
)


def before_first_run(task: Task) -> Markup:
    """The line of status with the task's example; without one, what to do."""
    shown = _previews().get(task.id)
    if not shown:
        return status.idle()
    link = {"task": task.id, **shown["link"]}
    return status.idle() + PREVIEW.format(
        name=text("An example"),
        title=text("For example"),
        given=Markup("").join(_drawn(one) for one in shown["given"]),
        answer=_drawn(shown["answer"]),
        link="?" + urlencode(link, doseq=True),
        go=text("Try it"),
        by=text("answered by {model} before", model=shown["model"]),
    )


def in_a_line(task: Task) -> Markup:
    """The task's example and its answer in a line; "" without one."""
    shown = _previews().get(task.id)
    if not shown:
        return Markup("")
    given = Markup(" · ").join(_briefly(one) for one in shown["given"])
    return Markup("{} → {}").format(given, _briefly(shown["answer"]))


def _briefly(part: Mapping[str, Any]) -> Markup | str:
    """One part of an example in a few words, a picture small; of bars the first."""
    match part:
        case {"small": source}:
            return THUMBNAIL.format(source)
        case {"sound": _, "name": name}:
            return text(name)
        case {"bars": [[name, _], *_]}:
            return str(name)
        case {"alike": [[line, _], *_]}:
            return text("like the first: {line}", line=line)
    line = " ".join(part["text"].split())
    return line if len(line) <= MOST_IN_LINE else f"{line[: MOST_IN_LINE - 1].rstrip()}…"


@cache
def _previews() -> dict[str, Any]:
    found: dict[str, Any] = parse_json(FILE.read_text("utf-8"))
    return found


def _drawn(part: Mapping[str, Any]) -> Markup:
    """One part of an example as HTML."""
    match part:
        case {"text": words}:
            return TEXT.format(words)
        case {"picture": source}:
            return PICTURE.format(text("The picture of the example"), source)
        case {"sound": source, "name": name}:
            return SOUND.format(source, text(name))
        case {"bars": rows}:
            return Markup("").join(BAR.format(name, score, score) for name, score in rows)
        case {"alike": rows}:
            names = [(text("like the first: {line}", line=line), score) for line, score in rows]
            return _drawn({"bars": names})
    raise ValueError(part)


def preview_of(task: Task) -> dict[str, Any]:
    """The preview of a task's first example, answered now."""
    from pipelines.playground import shared

    tab = import_module(f"components.{task.modality}.{task.name}").TAB
    inputs = dict(zip((one.name for one in task.inputs), tab.examples[0], strict=True))
    options = {one.name: tab.defaults.get(one.name, one.default) for one in task.options}
    options |= tab.set_by_example.get(0, {})
    model = options.pop("model", "auto")
    asked = tab.batch({**inputs, **options}) if tab.batch else inputs
    answer = shared().run(task.id, asked, model, options)
    assert answer.facts
    return {
        "link": {name: _linked(value) for name, value in inputs.items()},
        "given": [one for value in inputs.values() for one in _given(value)],
        "answer": _answer(answer.value, inputs),
        "model": answer.facts.title,
    }


def _linked(value: Any) -> Any:
    """As links say it: files of examples by their names."""
    if _is_file(value):
        return Path(value).relative_to(FOLDER).as_posix()
    return value


def _is_file(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(str(FOLDER))


def _given(value: Any) -> Iterator[dict[str, Any]]:
    """An input to be shown: pictures small, sounds and long texts cut."""
    if not _is_file(value):
        words = ", ".join(value) if isinstance(value, list) else str(value)
        yield {"text": words if len(words) <= MOST_CHARACTERS else f"{words[:MOST_CHARACTERS]}…"}
    elif value.endswith((".jpg", ".png")):
        from PIL.Image import open as open_image

        with open_image(value) as file:
            picture = file.convert("RGB")
        yield {"picture": _webp(picture, 360), "small": _webp(picture, 96)}
    else:
        yield {"sound": _data_url("audio/mpeg", Path(value).read_bytes()), "name": "The sound"}


def _webp(picture: "Image", longest: int) -> str:
    """A picture of no more than so many pixels a side."""
    small, content = picture.copy(), io.BytesIO()
    small.thumbnail((longest, longest))
    small.save(content, "WEBP", quality=70)
    return _data_url("image/webp", content.getvalue())


def _answer(value: Any, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The answer as a text, a sound or bars."""
    import numpy as np

    match value:
        case {"answer": words, "score": score}:
            return {"bars": [[words, round(score, 3)]]}
        case {"text": words} | {"generated_text": words} | {"summary_text": words}:
            return {"text": words.strip()}
        case {"translation_text": words}:
            return {"text": words}
        case [{"generated_text": words}, *_]:
            return {"text": words}
        case [{"score": _}, *_]:
            return {"bars": _bars(value)}
        case [[float(), *_], *_]:
            first, *others = (np.array(one) for one in value)
            _, *lines = inputs["text"].splitlines()
            alike = (float(first @ one) for one in others)
            pairs = zip(lines, alike, strict=True)
            return {"alike": [[line, round(one, 3)] for line, one in pairs]}
    return {"sound": _mp3(value.samples, value.sampling_rate), "name": "The speech"}


def _bars(value: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    """The best labels; an entity with its words."""
    names = [_name(one) for one in value]
    return [[name, round(one["score"], 3)] for name, one in zip(names, value, strict=True)][
        :MOST_BARS
    ]


def _name(one: Mapping[str, Any]) -> str:
    if "entity_group" in one:
        return f"{one['word']}: {one['entity_group']}"
    return str(one.get("label", one.get("token_str", ""))).strip()


def _mp3(samples: Any, rate: int) -> str:
    import soundfile

    content = io.BytesIO()
    soundfile.write(content, samples, rate, format="MP3")
    return _data_url("audio/mpeg", content.getvalue())


def _data_url(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def main() -> None:
    """Make the file."""
    found = {}
    for task in tasks().values():
        found[task.id] = preview_of(task)
        print(task.id, str(found[task.id]["answer"])[:100], file=sys.stderr)
    FILE.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
