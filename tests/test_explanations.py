"""The panels below an answer: which words decided, a map of the lines, a spectrogram."""

import base64
import io
import re
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest
from gradio.processing_utils import save_file_to_cache
from gradio.utils import get_upload_folder
from markupsafe import Markup
from PIL import Image

from components.explanations import decisive_words, sentence_map, spectrogram
from components.explanations.decisive_words import DECISIVE_WORDS
from components.explanations.explanation import Explanation, Place
from components.explanations.sentence_map import SENTENCE_MAP
from components.explanations.spectrogram import SPECTROGRAM, SPECTROGRAM_OF_SPEECH
from components.record import Record
from components.runs import Runs
from pipelines import Playground
from pipelines.folders import ASSETS
from pipelines.inputs import Sound
from pipelines.playground import Answer, Facts
from pipelines.registry import task as find_task
from pipelines.settings import Settings

ADA: Any = SimpleNamespace(session_hash="ada")
FACTS = Facts("tiny", "Tiny", "transformers", 0.0, 1.0, 1)
Shows = Callable[..., Any]


def record(inputs: dict[str, Any], value: Any, **options: Any) -> Record:
    return Record(inputs, inputs, options, "auto", value, FACTS)


@pytest.fixture
def shows(settings: Settings) -> Shows:
    def show(explanation: Explanation, task: str, of: Record | None, *values: Any) -> Any:
        with gr.Blocks() as page:
            model = gr.Dropdown(value="auto", allow_custom_value=True)
            place = Place(find_task(task), Playground(settings), Runs(), model)
            explanation.show(place, True, of, *values)
        return page

    return show


def html(page: Any) -> str:
    return "".join(str(one.value) for one in page.blocks.values() if isinstance(one, gr.HTML))


def test_without_an_answer_it_says_what_to_do(shows: Shows) -> None:
    assert "press Run first" in html(shows(DECISIVE_WORDS, "text-classification", None))


def test_the_words_are_coloured_by_what_the_score_falls_without_them(
    shows: Shows, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def scores(text: str) -> list[dict[str, Any]]:
        good = 0.9 if "love" in text else 0.2
        ranked = [{"label": "GOOD", "score": good}, {"label": "BAD", "score": 1 - good}]
        return sorted(ranked, key=lambda one: -float(str(one["score"])))

    def stream(*given: Any) -> Any:
        asked.append(given)
        yield Answer([scores(text) for text in given[2]["text"]], FACTS)

    monkeypatch.setattr(decisive_words, "stream", stream)
    text = "I love <b> it"
    of = record({"text": text}, scores(text), top_k=1)
    page = shows(DECISIVE_WORDS, "text-classification", of)
    [run] = [one for one in page.fns.values() if one.name == "run"]
    *_, last = run.fn(ADA, None, {one: one.value for one in run.inputs})
    [(_, task, inputs, options, visit)] = asked
    assert (task, options["top_k"], visit.model) == ("text-classification", 1000, "auto")
    assert inputs["text"] == ["love <b> it", "I <b> it", "I love it", "I love <b>"]
    drawn = next(str(last[one]) for one in run.outputs if "explained" in one.elem_classes)
    marked = re.findall(r'class="word (\w+)" style="--v:([\d.]+)"[^>]*>([^<]*)<', drawn)
    assert marked[1] == ("for", "1.00", "love")
    assert {share for _, share, word in marked if word != "love"} == {"0.00"}
    assert "&lt;b&gt;" in drawn
    [redraw] = [one for one in page.fns.values() if one.name == "redraw"]
    found = next(
        last[one] for one in run.outputs if one in redraw.inputs and isinstance(one, gr.State)
    )
    other = str(redraw.fn(found, "BAD"))
    assert 'class="word against" style="--v:1.00"' in other


def test_of_a_long_text_neighbours_are_left_out_together(
    shows: Shows, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def stream(*given: Any) -> Any:
        asked.extend(given[2]["text"])
        yield Answer([scores for _ in given[2]["text"]], FACTS)

    monkeypatch.setattr(decisive_words, "stream", stream)
    scores = [{"label": "GOOD", "score": 1.0}]
    words = [f"word{number}" for number in range(500)]
    page = shows(DECISIVE_WORDS, "text-classification", record({"text": " ".join(words)}, scores))
    [run] = [one for one in page.fns.values() if one.name == "run"]
    list(run.fn(ADA, None, {one: one.value for one in run.inputs}))
    assert 30 <= len(asked) <= decisive_words.MOST_WORDS
    missing = [set(words) - set(text.split()) for text in asked]
    assert set.union(*missing) == set(words)


def test_one_word_decided_alone(shows: Shows) -> None:
    of = record({"text": "Lovely."}, [{"label": "GOOD", "score": 1.0}])
    assert "that one decided" in html(shows(DECISIVE_WORDS, "text-classification", of))


LINES = "a cat\na kitten\n\nthe market"
VECTORS = np.array([[1.0, 0.1, 0], [1.0, 0.2, 0], [0, 0, 1.0]], np.float32)


def test_lines_that_mean_alike_lie_near_each_other_on_the_map(shows: Shows) -> None:
    of = record({"text": LINES}, VECTORS, pooling="mean")
    page = shows(SENTENCE_MAP, "feature-extraction", of)
    [plot] = [one for one in page.blocks.values() if isinstance(one, gr.ScatterPlot)]
    data = plot.value
    columns = {name: number for number, name in enumerate(data["columns"])}
    points = np.array([[row[columns["x"]], row[columns["y"]]] for row in data["data"]])
    near, far = np.linalg.norm(points[0] - points[1]), np.linalg.norm(points[0] - points[2])
    assert near < far / 5
    assert [row[columns["group"]] for row in data["data"]] == ["group 1", "group 1", "group 2"]
    [chosen] = [one for one in page.blocks.values() if getattr(one, "label", "") == "Nearest to"]
    listed = html(page)
    assert listed.index("a kitten") < listed.index("the market")
    [event] = [one for one in page.fns.values() if chosen in one.inputs]
    assert str(event.fn(1)).index("a cat") < str(event.fn(1)).index("the market")


def test_lines_beyond_those_that_have_a_vector_are_not_on_the_map(shows: Shows) -> None:
    of = record({"text": f"{LINES}\na line over the limit"}, VECTORS, pooling="mean")
    page = shows(SENTENCE_MAP, "feature-extraction", of)
    [plot] = [one for one in page.blocks.values() if isinstance(one, gr.ScatterPlot)]
    assert len(plot.value["data"]) == len(VECTORS)
    assert "over the limit" not in html(page)


@pytest.mark.parametrize(("text", "pooling"), [("a cat\na dog", "mean"), (LINES, "none")])
def test_too_few_lines_are_said_to_be(shows: Shows, text: str, pooling: str) -> None:
    of = record({"text": text}, VECTORS, pooling=pooling)
    assert "3 lines or more" in html(shows(SENTENCE_MAP, "feature-extraction", of))


def test_groups_are_what_blank_lines_part() -> None:
    assert sentence_map.groups_of("\n\na\nb\n \n\nc\nd\n\n") == [1, 1, 2, 2]


@pytest.mark.parametrize(("marked", "width"), [(10, 800), (11, 2000)])
def test_words_have_more_room_than_pieces(marked: int, width: int) -> None:
    sound = Sound(np.zeros(10 * 16_000, np.float32))
    assert f"width:{width}px" in spectrogram.figure(sound, None, [Markup("<b></b>")] * marked)


@pytest.fixture
def weather() -> dict[str, Any]:
    file = str(ASSETS / "examples" / "weather.mp3")
    return {"path": save_file_to_cache(file, get_upload_folder()), "url": None}


def test_words_stand_below_the_spectrogram_at_their_times(
    shows: Shows, weather: dict[str, Any]
) -> None:
    chunks = [{"text": " Hello", "timestamp": [0.0, 0.5]}, {"text": " <i>", "timestamp": [1.0, 99]}]
    of = record({"audio": weather}, {"text": "Hello", "chunks": chunks})
    shown = html(shows(SPECTROGRAM, "automatic-speech-recognition", of))
    seconds = float(re.findall(r"Spectrogram of ([\d.]+) s", shown)[0])
    places = re.findall(r'data-start="([\d.]+)".*?left:([\d.]+)%;width:([\d.]+)%">([^<]*)<', shown)
    assert [(start, text) for start, _, _, text in places] == [
        ("0.00", "Hello"),
        ("1.00", "&lt;i&gt;"),
    ]
    assert float(places[1][1]) == pytest.approx(100 / seconds, abs=0.5)
    assert float(places[1][1]) + float(places[1][2]) == pytest.approx(100, abs=0.1)
    assert f"/gradio_api/file={weather['path']}" in shown


def test_the_part_that_was_judged_is_marked(shows: Shows, weather: dict[str, Any]) -> None:
    of = record({"audio": weather}, [{"label": "English", "score": 1.0}])
    of = replace(of, facts=replace(FACTS, heard=(1.0, 2.0)))
    assert 'class="window"' in html(shows(SPECTROGRAM, "audio-classification", of))


def test_a_tone_is_a_line_at_its_pitch(shows: Shows) -> None:
    rate = 16_000
    tone = (np.sin(np.arange(rate) * 2 * np.pi * 1000 / rate) * 20_000).astype(np.int16)
    of = record({"text": "la"}, {"seconds": 1.0, "sampling_rate": rate})
    shown = html(shows(SPECTROGRAM_OF_SPEECH, "text-to-speech", of, (rate, tone)))
    [data] = re.findall(r"base64,([^\"]+)", shown)
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("L"), float)
    assert picture.shape == (80, 100)
    brightest = picture.mean(1).argmax()
    assert 80 - brightest == pytest.approx(26, abs=2)  # 1,000 Hz, of 80 bands up to 8,000
    assert picture[brightest].mean() > 5 * picture[:20].mean()


def test_a_sound_that_cannot_be_read_any_more_is_said(shows: Shows) -> None:
    of = record({"audio": {"path": "/nowhere.mp3", "url": None}}, {"text": ""})
    shown = html(shows(SPECTROGRAM, "automatic-speech-recognition", of))
    assert "not a sound that can be read" in shown
    assert "<img" not in shown
