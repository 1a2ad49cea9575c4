"""A chain of tabs: which text goes on, and the link that keeps all steps."""

import json
from typing import Any
from urllib.parse import parse_qs

import gradio as gr
import pytest
from gradio.components import Component

from components import chain
from components.output_state import Values
from components.record import Record
from components.results import StreamedText
from pipelines.errors import InputError
from pipelines.registry import task as find_task

TRANSLATION = find_task("translation")
SPEECH = "?task=automatic-speech-recognition&audio=weather.mp3"


class Place:
    """The boxes of a translation tab."""

    def __init__(self) -> None:
        with gr.Blocks():
            self.text, self.target = gr.Textbox(), gr.Dropdown(["fr", "pt"], value="fr")
            self.record, self.before = gr.State(), gr.Textbox()
        self.fields: dict[str, Component] = {"text": self.text, "target": self.target}

    def values(self, **of: Any) -> Values:
        given = {"text": "Good day.", "target": "pt", "record": None, "before": "[]", **of}
        return {getattr(self, name): value for name, value in given.items()}

    def sent(self, answer: str, **of: Any) -> dict[str, str]:
        record = Record({}, {"text": "Good day."}, {}, "auto", {"translation_text": answer})
        told = self.values(record=record, **of)
        view = StreamedText("translation_text", "Translation")
        found: dict[str, str] = json.loads(
            chain.sent(TRANSLATION, view, self.fields, self.record, told)
        )
        return found

    def link(self, **of: Any) -> str:
        view = StreamedText("translation_text", "Translation")
        told = self.values(**of)
        return chain.link(TRANSLATION, view, self.fields, self.record, self.before, told)


@pytest.fixture
def place() -> Place:
    return Place()


def test_a_text_goes_on_with_the_link_of_its_step_and_that_without_its_own_text(
    place: Place,
) -> None:
    assert place.sent("Bom dia.") == {
        "text": "Bom dia.",
        "link": "?task=translation&text=Good+day.&target=pt",
        "step": "?task=translation&target=pt",
    }


def test_no_text_and_a_long_one_are_refused_with_a_sentence(place: Place) -> None:
    with pytest.raises(InputError, match="too long to send: 9,000 characters of at most 8,000"):
        place.sent("x" * 9_000)
    with pytest.raises(InputError, match="has no text"):
        place.sent(" ")
    view = StreamedText("translation_text", "Translation")
    with pytest.raises(InputError, match="no result yet"):
        chain.sent(TRANSLATION, view, place.fields, place.record, place.values())


def test_the_link_of_a_chain_has_its_first_input_and_the_options_of_all_steps(
    place: Place,
) -> None:
    written = place.link(before=json.dumps([SPEECH, "?task=summarization&max_length=20"]))
    assert parse_qs(written[1:]) == {
        "task": ["automatic-speech-recognition"],
        "audio": ["weather.mp3"],
        "then": ["task=summarization&max_length=20", "task=translation&target=pt"],
    }
    assert place.link() == "?task=translation&text=Good+day.&target=pt"  # nobody sent a text here


def test_a_chain_that_is_too_long_is_refused_with_a_sentence(place: Place) -> None:
    long = place.sent("Bom dia.", text="x" * 9_000)["link"]
    assert long == ""
    with pytest.raises(InputError, match="first step's text does not fit into a link of 8,000"):
        place.link(before=json.dumps([long]))
    with pytest.raises(InputError, match=r"8,000 characters, and this chain takes 8,0\d\d"):
        place.link(before=json.dumps(["?task=summarization&text=" + "x" * 7_960]))
    with pytest.raises(InputError, match="8 steps at most"):
        place.link(before=json.dumps([SPEECH] * 8))


def test_a_chain_that_begins_with_a_file_of_the_visitors_says_that_it_is_without_it(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(gr, "Warning", lambda sentence, **_: told.append(sentence))
    place.link(before=json.dumps([SPEECH]))
    assert told == []
    place.link(before=json.dumps(["?task=automatic-speech-recognition"]))
    assert "begins with a file that only this page has" in told[0]


@pytest.mark.parametrize("before", ["nonsense", "{}", "[1]", "[" * 100_000])
def test_what_the_browser_makes_up_is_no_chain(place: Place, before: str) -> None:
    assert place.link(before=before) == place.link()
