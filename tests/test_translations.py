"""The page's texts in its languages: none is missing, none is left over, none breaks the page."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from html import unescape
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest
from markupsafe import Markup

from components import page, picker
from components.runs import Runs
from components.sentences import SENTENCES, known
from components.server.languages import TranslatedBlocks
from components.tab import TaskTab
from components.translations import (
    FIELD,
    INNERMOST,
    LANGUAGE,
    MEANING,
    OPEN,
    VALUE,
    languages,
    preferred,
    text,
    texts,
    translated,
)
from pipelines import Playground
from pipelines.catalogue import catalogue
from pipelines.folders import ASSETS
from pipelines.languages import NAMES
from pipelines.registry import tasks
from tests.page_events import Page

ROOT = Path(__file__).parents[1]
# Licences that are names, the same in every language; the others say something of themselves.
LICENCES = {
    "Apache-2.0",
    "BSD-3-Clause",
    "CC-BY-4.0",
    "CC-BY-NC-4.0",
    "CC0-1.0",
    "Gemma Terms of Use",
    "Llama 3.2 Community",
    "MIT",
    "MIT (fairseq)",
}
OTHERS = [code for code in languages() if code != "en"]


def strings(value: Any) -> Iterator[str]:
    """All strings in lists and dicts, at whatever depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from strings([*value.keys(), *value.values()])
    elif isinstance(value, list | tuple):
        for one in value:
            yield from strings(one)


def trees(folder: str) -> Iterator[ast.AST]:
    """What stands in the files of a folder."""
    for path in (ROOT / folder).rglob("*.py"):
        yield from ast.walk(ast.parse(path.read_text("utf-8")))


@cache
def given_to_text() -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """The texts in calls of `text`, and the patterns of those that are put together there."""
    constants, patterns = set(), []
    for node in trees("components"):
        if isinstance(node, ast.Call) and node.args:
            match getattr(node.func, "id", getattr(node.func, "attr", "")), node.args[0]:
                case "text", ast.Constant(value=str() as key):
                    constants.add(key)
                case "text", ast.JoinedStr(values=parts):
                    written = (re.escape(getattr(one, "value", "")) if isinstance(one, ast.Constant)
                               else ".+" for one in parts)  # fmt: skip
                    patterns.append(re.compile("".join(written)))
    return frozenset(constants), tuple(patterns)


@cache
def of_the_catalogue() -> frozenset[str]:
    """What the page shows of the catalogue's entries in words."""
    entries = catalogue().entries.values()
    said = {one for entry in entries for one in (entry.good_at, entry.bad_at, entry.licence) if one}
    return frozenset(said - LICENCES)


@cache
def written() -> frozenset[str]:
    """All strings of the program, in small letters: a text may be a constant's value, or a title
    of which only the first letter is made a capital."""
    constants = {
        node.value.casefold()
        for folder in ("components", "pipelines")
        for node in trees(folder)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    script = (ASSETS / "page.js").read_text("utf-8")
    return frozenset(constants) | {
        one.casefold() for one in re.findall(r"\btext\('([^']+)'\)", script)
    }


@pytest.fixture(scope="module")
def marked(playground: Playground) -> set[str]:
    """The texts of the page, all tabs made."""
    # One of its own: a page confines its playground to the files that were uploaded.
    playground = Playground(playground.settings)
    built = page.build(playground)
    assert isinstance(built, TranslatedBlocks)
    parts = [built]
    for task in tasks().values():
        tab = import_module(f"components.{task.modality}.{task.name}").TAB
        with TranslatedBlocks() as part:
            TaskTab(tab, playground, Runs())
        parts.append(part)
    for lab in page.LEARNING:
        with TranslatedBlocks() as part:
            lab.build(playground, Runs())
        parts.append(part)
    found: set[str] = set()
    for part in parts:
        for one in strings(part.get_config_file()):
            while OPEN in one:
                found |= {key.split(VALUE)[0] for key in INNERMOST.findall(one)}
                one = INNERMOST.sub("", one)
    return {unescape(one) for one in found}


@pytest.mark.parametrize("code", OTHERS)
def test_each_text_is_there_in_each_language_and_none_is_left_over(
    code: str, marked: set[str]
) -> None:
    there = texts(code)
    given, patterns = given_to_text()
    used = given | marked | {*SENTENCES} | of_the_catalogue()
    assert used - {*there} - {*NAMES.values()} - LICENCES == set()
    unused = {
        key
        for key in {*there} - used
        if key.casefold() not in written()
        and not any(pattern.fullmatch(key) for pattern in patterns)
    }
    assert unused == set()


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_has_the_values_of_the_english_text_and_nothing_that_html_reads(
    code: str,
) -> None:
    for english, told in texts(code).items():
        assert told.strip(), english
        assert sorted(FIELD.findall(told)) == sorted(FIELD.findall(english)), english
        assert set(re.findall("[<>&\"'\\\\]", told)) <= set(re.findall('[<>&"]', english)), english
        assert MEANING not in told


def test_what_a_model_is_good_at_is_told_in_the_visitors_language(playground: Playground) -> None:
    before = LANGUAGE.set("de")
    try:
        told = picker.describe("siebert", tasks()["text-classification"], playground)
        computed = picker.describe("bert-base-ner", tasks()["token-classification"], playground)
    finally:
        LANGUAGE.reset(before)
    assert "Positiv oder negativ in jeder Art englischer Texte" in told
    assert "<i>Neutrale Texte, andere Sprachen; fünfmal so groß wie DistilBERT.</i>" in told
    assert "keine auf der Karte angegeben" in told
    assert "etwa 433 MB" in computed


def test_a_text_in_a_text_and_in_html_is_translated_and_stays_escaped() -> None:
    with TranslatedBlocks():  # made for all visitors
        label = text("Column: {name}", name=text("Question"))
        bold = Markup("<b>{}</b>").format("<Qwen>")
        html = Markup("<p>{}</p>").format(text("{model} on {engine}", model=bold, engine="a<b"))
        quoted = Markup("<p title='{}'>").format(text("JSON, in the Hub's shape"))
    told = translated({"label": [label], "html": (html, quoted), "number": 1}, "de")
    assert told == {
        "label": ["Spalte: Frage"],
        "html": ("<p><b>&lt;Qwen&gt;</b> auf a&lt;b</p>", "<p title='JSON, in der Form des Hubs'>"),
        "number": 1,
    }
    assert translated(quoted, "en") == "<p title='JSON, in the Hub&#x27;s shape'>"
    assert text("Start##page") == "Start"  # for one visitor, whose language is English


def test_a_visitors_words_are_no_text_of_the_page() -> None:
    for one in ("Run", "{model} on {engine}", "a##b", f"{OPEN}half a mark"):
        assert translated(one, "de") == one
    with TranslatedBlocks():
        shown = text("{model} on {engine}", model="{engine}", engine="x")
    assert translated(shown, "de") == "{engine} auf x"
    table = {"data": [[0.5, 1, None, True, "word", shown, Markup("<p>{}</p>").format(shown)]]}
    [row] = translated(table, "de")["data"]
    assert row == [0.5, 1, None, True, "word", "{engine} auf x", "<p>{engine} auf x</p>"]


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "en"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("nl, pt-BR;q=0.3, fr;q=0.7", "fr"),
        ("zh-TW", "zh"),
        ("en-GB,fr;q=0.9", "en"),
        ("*", "en"),
        ("fr;q=x,hi;q=0.1", "hi"),
        ("," * 100_000, "en"),
    ],
)
def test_the_first_language_that_the_browser_asks_for_and_the_page_has(
    header: str, code: str
) -> None:
    assert preferred(header) == code


def test_sentences_of_the_pipelines_are_known_by_their_text() -> None:
    paths = [path for part in ("pipelines", "components") for path in (ROOT / part).rglob("*.py")]
    paths += (ASSETS / "starters").rglob("config.json")  # what a starter says of itself
    files = [path.read_text("utf-8") for path in paths if not path.name.endswith("sentences.py")]
    source = re.sub(r'"\s*\n\s*f?"', "", "\n".join(files))
    for sentence in SENTENCES:
        longest = max(re.split(r"\{\w+\}(?: people| person)?", sentence), key=len)
        assert longest in source, sentence
    before = LANGUAGE.set("de")
    try:
        assert known("Loading GPT-2 (1.5 s)") == "GPT-2 wird geladen (1.5 s)"
        assert known("The question is empty.") == "Das Feld „Frage“ ist leer."
        assert known("The picture's file is empty.") == "Die Datei (Bild) ist leer."
        cut = "Only the first 3 of 9 seconds count (PLAYGROUND_MAX_AUDIO_SECONDS)."
        assert known(cut).startswith("Nur die ersten 3 von 9 Sekunden zählen")
        assert known("'a##b' is no number.") == "'a##b' ist keine Zahl."
        assert known("What nobody translated.") == "What nobody translated."
        assert known("Text must be text.") == "Text: Das muss ein Text sein."
    finally:
        LANGUAGE.reset(before)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("de", "Der Text sieht nach Französisch aus, und dieses Modell kann Englisch."),
        ("es", "El texto parece estar en francés, y este modelo sabe inglés."),
        ("fr", "Langue probable du texte : français. Langue du modèle : anglais."),
        ("pt", "O texto parece estar em francês, e este modelo sabe inglês."),
    ],
)
def test_a_language_has_the_letter_that_it_has_within_a_sentence(code: str, told: str) -> None:
    before = LANGUAGE.set(code)
    try:
        assert known("The text looks like French, and this model knows English.") == told
        assert known("It reads French, English.").endswith(told.split()[-1])
    finally:
        LANGUAGE.reset(before)


def test_each_visitor_gets_the_page_in_a_language_and_all_get_the_same_endpoints(
    server_url: str,
) -> None:
    french = {"accept-language": "fr-CA,fr;q=0.9,en;q=0.5"}
    for path in ("/gradio_api/info", "/gradio_api/openapi.json", "/v1/openapi.json"):
        plain, asked = (httpx.get(server_url + path, headers=one) for one in ({}, french))
        assert plain.content == asked.content, path
        assert OPEN not in plain.text
    opened = httpx.get(server_url, headers=french)
    assert "accept-language" in opened.headers["vary"].split(", ")
    assert "Génération de texte" in opened.text
    assert "Génération de texte" not in httpx.get(server_url).text
    with Page(server_url, french) as visited:
        shown = {one for each in visited.components.values() for one in texts_of(each)}
        button, *_ = visited.of_button("Lancer")
        said = "".join(strings(visited.send(button, {})))
    assert not {one for one in shown if OPEN in one or MEANING in one}
    known_in_english = {one for one in shown if texts("fr").get(one, one) != one}
    assert known_in_english == {"none"}  # an aggregation_strategy, and a pooling
    assert "sur un exemple." in said  # gradio sends what of the line has changed


def texts_of(component: dict[str, Any]) -> Iterator[str]:
    """What a component shows."""
    props = component["props"]
    yield from strings([props.get(name) for name in ("label", "info", "placeholder")])
    yield from (label for label, _ in props.get("choices") or [])
    if component["type"] in {"button", "html", "markdown"} and props.get("visible") is True:
        yield from strings(props.get("value"))


def said(tree: ast.AST) -> Iterator[str]:
    """What the errors and notes in a file say first; a value in it is written as 7."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in {"InputError", "ModelError", "note", "offer_recommended"}:
                match node.args[0]:
                    case ast.Constant(value=str() as sentence):
                        yield sentence
                    case ast.JoinedStr(values=parts):
                        yield "".join(
                            str(one.value) if isinstance(one, ast.Constant) else "7"
                            for one in parts
                        )


@pytest.mark.parametrize("folder", ["engines", "audio", "vision", "text", "multimodal"])
def test_the_page_has_in_its_languages_what_an_engine_or_a_task_says(folder: str) -> None:
    before = LANGUAGE.set("de")
    try:
        english = [
            sentence
            for path in sorted((ROOT / "pipelines" / folder).rglob("*.py"))
            for sentence in said(ast.parse(path.read_text("utf-8")))
            if known(sentence) == sentence
        ]
    finally:
        LANGUAGE.reset(before)
    assert english == []
