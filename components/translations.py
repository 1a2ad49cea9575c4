"""The texts of the page in its visitors' languages; assets/languages/ has a file for each.

`text("Run")` is a text of the page; the English one is its key. For one visitor, in an event, it is
translated at once. A component that is made for all of them holds it marked instead, and
`components/server/languages.py` translates what is marked when it is sent.

gradio's own `I18n` marks texts too, for its client to translate. The client of 6.31 does so with
one text of a component's label, info, placeholder or value: of HTML with several it shows the other
marks as they are, so it does of a table's heads, of the heads of examples and of what is chosen in
a dropdown; and every visitor would be sent all languages.
"""

import re
import tomllib
from collections.abc import Iterable
from contextvars import ContextVar
from functools import cache, lru_cache
from html import escape, unescape
from typing import TypeVar, cast

from gradio.context import get_blocks_context
from markupsafe import Markup

from pipelines.folders import ASSETS
from pipelines.languages import names_in

ENGLISH = "en"
FOLDER = ASSETS / "languages"
# Characters that Unicode keeps for a program's own use: no text that is sent has them.
OPEN, VALUE, CLOSE = "\ufdd0", "\ufdd1", "\ufdd2"
INNERMOST = re.compile(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}")
FIELD = re.compile(r"\{(\w+)\}")
# What holds no text: vectors and tables have thousands of these.
NUMBERS = frozenset({int, float, bool, type(None)})
# What of a key is no text: it tells two meanings of an English text apart.
MEANING = "##"

# The language of the visitor whose request or event this is.
LANGUAGE: ContextVar[str] = ContextVar("language", default=ENGLISH)

Value = TypeVar("Value")


def text(english: str, /, **values: object) -> str:
    """A text of the page, in it the values by their names in braces.

    It is Markup if a value is; what is none is escaped then.
    """
    markup = any(isinstance(value, Markup) for value in values.values())
    marked: str = Markup("{}").format(english) if markup else english
    for name, value in values.items():
        marked += f"{VALUE}{name}=" + (Markup("{}").format(value) if markup else str(value))
    marked = OPEN + marked + CLOSE
    building = get_blocks_context()
    if building and getattr(building.root_block, "translates", False):
        return marked
    return translated(marked, LANGUAGE.get())


def translated(value: Value, language: str) -> Value:
    """A string, or what lists and dicts hold of strings, with its marked texts in the language."""
    told: object = value
    match value:
        case str() if OPEN in value:
            known = _texts(language)
            told, count = value, 1
            while count:  # a text may be a value in another
                told, count = INNERMOST.subn(lambda found: _text(found[1], known), told)
            told = type(value)(told)
        case dict():
            told = dict(zip(_all(value, language), _all(value.values(), language), strict=True))
        case list():
            told = _all(value, language)
        case tuple():
            told = tuple(_all(value, language))
    return cast(Value, told)


def _all(values: Iterable[object], language: str) -> list[object]:
    """Each of the values so; what has no mark is passed by here, without a call for each."""
    return [
        one
        if type(one) in NUMBERS or (type(one) is str and OPEN not in one)
        else translated(one, language)
        for one in values
    ]


def _text(marked: str, known: dict[str, str]) -> str:
    key, *given = marked.split(VALUE)
    values = dict(one.split("=", 1) for one in given)
    plain = unescape(key)  # in HTML it was escaped
    told = known.get(plain) or plain.partition(MEANING)[0]
    if plain != key:
        told = escape(told)
    return FIELD.sub(lambda field: values.get(field[1], field[0]), told)


@cache
def languages() -> tuple[str, ...]:
    """The languages of the page, by their codes."""
    return (ENGLISH, *sorted(file.stem for file in FOLDER.glob("*.toml")))


@cache
def texts(language: str) -> dict[str, str]:
    """What a language's file has, by the English texts."""
    file = FOLDER / f"{language}.toml"
    return tomllib.loads(file.read_text("utf-8")) if language != ENGLISH else {}


@cache
def _texts(language: str) -> dict[str, str]:
    """The same, and the names of languages."""
    return names_in(language) | texts(language) if language != ENGLISH else {}


@lru_cache(maxsize=256)
def preferred(header: str) -> str:
    """The first of the page's languages in a browser's Accept-Language; English if it has none."""
    asked = []
    for place, part in enumerate(header[:500].split(",")):
        tag, _, quality = part.partition(";q=")
        try:
            asked.append((-float(quality or 1), place, tag.strip().lower().split("-")[0]))
        except ValueError:
            continue
    known = languages()
    return next((code for _, _, code in sorted(asked) if code in known), ENGLISH)
