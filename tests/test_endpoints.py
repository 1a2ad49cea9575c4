"""The endpoints that scripts rely on, through gradio's own client against the running app."""

import asyncio
import base64
import json
import socket
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio
import httpx
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from pipelines.catalogue import catalogue
from pipelines.registry import tasks
from tests.audio.word_errors import word_error_rate

EXAMPLES = Path(__file__).parents[1] / "assets" / "examples"
LION = Path(gradio.__file__).parent / "media_assets" / "images" / "lion.jpg"

# Names and defaults as design.md §5 promises them to scripts; an option more does no harm.
PROMISED: dict[str, list[tuple[str, Any]]] = {
    "/text_generation": [
        ("prompt", None),
        ("max_new_tokens", 256),
        ("temperature", 0.2),
        ("top_p", 0.9),
        ("seed", None),
        ("mode", "chat"),
        ("system", None),
        ("num_return_sequences", 1),
    ],
    "/text_classification": [("text", None), ("top_k", 5), ("text_pair", None)],
    "/summarization": [("text", None), ("max_length", 60)],
    "/translation": [("text", None), ("source", "en"), ("target", "fr")],
    "/zero_shot_classification": [
        ("text", None),
        ("candidate_labels", None),
        ("multi_label", False),
    ],
    "/feature_extraction": [("text", None), ("pooling", "mean"), ("normalize", True)],
    "/fill_mask": [("text", None), ("top_k", 5)],
    "/token_classification": [("text", None), ("aggregation_strategy", "simple")],
    "/question_answering": [("question", None), ("context", None), ("top_k", 1)],
    "/image_classification": [("image", None), ("top_k", 5)],
    "/object_detection": [("image", None), ("threshold", 0.5)],
    "/image_to_text": [("image", None)],
    "/automatic_speech_recognition": [
        ("audio", None),
        ("return_timestamps", False),
        ("language", None),
    ],
    "/audio_classification": [("audio", None), ("top_k", 5)],
    "/text_to_speech": [("text", None)],
    "/image_text_to_text": [("image", None), ("text", None)],
}


@pytest.fixture(scope="module")
def client(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    downloads = tmp_path_factory.mktemp("downloads")
    client = Client(server_url, verbose=False, download_files=str(downloads))
    yield client
    client.close()


@pytest.fixture(scope="module")
def api(client: Client) -> dict[str, Any]:
    described: dict[str, dict[str, Any]] = client.view_api(return_format="dict", print_info=False)
    return described["named_endpoints"]


Ask = Callable[..., Any]


@pytest.fixture
def ask(client: Client) -> Ask:
    def ask(name: str, *values: Any, **options: Any) -> Any:
        return client.predict(*values, api_name=name, **options)

    return ask


@pytest.mark.parametrize("name", PROMISED)
def test_an_endpoint_takes_what_was_promised(api: dict[str, Any], name: str) -> None:
    parameters = api[name]["parameters"]
    names = [one["parameter_name"] for one in parameters]
    inputs = [n for n, default in PROMISED[name] if n in {p.name for p in _task(name).inputs}]
    assert names[: len(inputs) + 1] == [*inputs, "model"]
    defaults = {one["parameter_name"]: one["parameter_default"] for one in parameters}
    assert defaults["model"] == "auto"
    options = [(n, default) for n, default in PROMISED[name] if n not in inputs]
    assert [(n, defaults[n]) for n, _ in options] == options
    assert names[len(inputs) + 1 :][: len(options)] == [n for n, _ in options]


@pytest.mark.parametrize("name", PROMISED)
def test_an_endpoints_inputs_are_required_and_nothing_else(api: dict[str, Any], name: str) -> None:
    required = [
        p["parameter_name"] for p in api[name]["parameters"] if not p["parameter_has_default"]
    ]
    assert required == [p.name for p in _task(name).inputs]


def test_every_task_has_its_endpoint_and_the_page_shows_no_other(api: dict[str, Any]) -> None:
    assert set(api) == {*("/" + task.name for task in tasks().values()), "/models"}
    assert set(api) > set(PROMISED)


@pytest.mark.parametrize(
    ("alias", "name", "text"),
    [
        ("/ner", "/token_classification", "Marie Curie moved to Paris."),
        ("/sentiment_analysis", "/text_classification", "What a waste of money."),
    ],
)
def test_an_alias_answers_as_its_task_does(ask: Ask, alias: str, name: str, text: str) -> None:
    assert ask(alias, text) == ask(name, text) != []


def _task(name: str) -> Any:
    return tasks()[name.strip("/").replace("_", "-")]


def test_text_generation(ask: Ask) -> None:
    answer = ask("/text_generation", "Say hello.", max_new_tokens=8, seed=1)
    assert set(answer) == {"generated_text"}
    assert answer["generated_text"]


def test_text_generation_goes_on_and_gives_several(ask: Ask) -> None:
    text = "Once upon a time, there was a king. Once upon a time, there was a"
    options = {"max_new_tokens": 4, "mode": "continue"}
    one = ask("/text_generation", text, temperature=0, **options)["generated_text"]
    assert one.startswith(" ")  # the new text alone, to the letter
    several = ask("/text_generation", text, num_return_sequences=2, seed=1, **options)
    assert [set(one) for one in several] == [{"generated_text"}] * 2


@pytest.mark.parametrize(
    ("name", "one", "options"),
    [
        ("/text_classification", "What a waste of money.", {}),
        ("/image_classification", handle_file(LION), {"top_k": 1}),
        ("/audio_classification", handle_file(EXAMPLES / "french.mp3"), {"top_k": 1}),
    ],
)
def test_a_list_gives_a_list(ask: Ask, name: str, one: Any, options: dict[str, Any]) -> None:
    alone = ask(name, one, **options)
    labels = [[score["label"] for score in answer] for answer in ask(name, [one, one], **options)]
    assert labels == [[score["label"] for score in alone]] * 2


def test_a_list_of_texts_is_a_list_of_sounds(ask: Ask) -> None:
    sounds = ask("/text_to_speech", ["Good morning.", "Good night."])
    assert len({Path(sound).read_bytes() for sound in sounds}) == 2


def test_a_bad_item_of_a_list_is_named(ask: Ask) -> None:
    with pytest.raises(AppError, match="Item 2: The text is empty"):
        ask("/text_classification", ["fine", ""])


def test_notes_come_as_warnings(client: Client) -> None:
    job = client.submit("fine " * 5000, api_name="/text_classification")

    async def warnings() -> list[Any]:
        return [update.log async for update in job if getattr(update, "log", None)]

    told = asyncio.run(warnings())
    assert ("Only the first 20,000 of 24,999 characters count.", "warning") in told
    job = client.submit("fine", api_name="/text_classification")
    assert asyncio.run(warnings()) == []


def test_summarization(ask: Ask) -> None:
    text = "The bridge was closed on Monday. Engineers found a crack. It opens again in May."
    answer = ask("/summarization", text, max_length=12)
    assert set(answer) == {"summary_text"}
    assert 0 < len(answer["summary_text"].split()) <= 12


def test_zero_shot_classification(ask: Ask) -> None:
    text, labels = "The match ended 2:1.", ["politics", "sport"]
    answer = ask("/zero_shot_classification", text, labels)
    assert [one["label"] for one in answer] == ["sport", "politics"]


def test_fill_mask(ask: Ask) -> None:
    answer = ask("/fill_mask", "A man is sitting on [MASK] bench.", targets=["a", "seven"])
    assert [one["token_str"] for one in answer] == ["a", "seven"]
    assert answer[0]["sequence"] == "A man is sitting on a bench."


def test_question_answering(ask: Ask) -> None:
    context = "Ada was born in Leeds and lives in York."
    answer = ask("/question_answering", "Where does Ada live?", context)
    assert answer["answer"] == context[answer["start"] : answer["end"]]
    assert len(ask("/question_answering", "Where does Ada live?", context, top_k=3)) == 3


def test_feature_extraction(ask: Ask) -> None:
    assert len(ask("/feature_extraction", "A cat.")) == 384
    tokens = ask("/feature_extraction", "A cat.", pooling="none")
    assert [len(vector) for vector in tokens] == [384] * 5


def test_image_classification(ask: Ask) -> None:
    answer = ask("/image_classification", handle_file(LION), top_k=3)
    assert len(answer) == 3
    assert "lion" in answer[0]["label"]


def test_a_picture_may_come_as_a_data_url(ask: Ask) -> None:
    url = "data:image/jpeg;base64," + base64.b64encode(LION.read_bytes()).decode()
    answer = ask("/image_classification", {"url": url})
    assert "lion" in answer[0]["label"]


def test_automatic_speech_recognition(ask: Ask) -> None:
    sound = handle_file(EXAMPLES / "weather.mp3")
    answer = ask("/automatic_speech_recognition", sound, return_timestamps=True, language="en")
    assert answer["text"]
    assert answer["chunks"]
    assert all(len(chunk["timestamp"]) == 2 for chunk in answer["chunks"])


def test_audio_classification(ask: Ask) -> None:
    answer = ask("/audio_classification", handle_file(EXAMPLES / "french.mp3"), top_k=2)
    assert answer[0]["label"] == "French"
    assert len(answer) == 2


def test_text_to_speech_gives_a_wav_that_says_the_text(ask: Ask) -> None:
    said = "The library is open every day except Sunday."
    answer = ask("/text_to_speech", said)
    path = answer["path"] if isinstance(answer, dict) else answer
    with wave.open(path) as sound:
        assert (sound.getnchannels(), sound.getsampwidth()) == (1, 2)
    heard = ask("/automatic_speech_recognition", handle_file(path))["text"]
    assert word_error_rate(said, heard) <= 0.2


def test_text_classification(ask: Ask) -> None:
    answer = ask("/text_classification", "What a waste of money.")
    assert [one["label"] for one in answer] == ["NEGATIVE", "POSITIVE"]


@pytest.mark.parametrize(("target", "word"), [("fr", "chien"), ("de", "Hund")])
def test_translation(ask: Ask, target: str, word: str) -> None:
    answer = ask("/translation", "A dog runs along the beach.", target=target)
    assert word in answer["translation_text"]


def test_models_tells_of_every_model(ask: Ask) -> None:
    models = ask("/models", None)
    assert [one["name"] for one in models] == list(catalogue().entries)
    keys = {"name", "tasks", "engine", "licence", "size_bytes", "languages", "state"}
    assert all(set(one) == keys for one in models)
    states = {"bundled", "cached", "downloadable", "unreachable", "loaded"}
    assert {one["state"] for one in models} <= states


def test_models_of_one_task(ask: Ask) -> None:
    models = ask("/models", "text-to-speech")
    assert models
    assert all("text-to-speech" in one["tasks"] for one in models)


def test_a_model_that_answered_is_loaded(ask: Ask) -> None:
    ask("/feature_extraction", "A cat.")
    states = {one["name"]: one["state"] for one in ask("/models", "feature-extraction")}
    assert states["all-minilm-l6-v2"] == "loaded"


@pytest.mark.parametrize(
    ("name", "values", "options", "said"),
    [
        ("/text_generation", [""], {}, "The prompt is empty"),
        ("/text_generation", ["Hi"], {"max_new_tokens": 0}, "max_new_tokens=0 is out of range"),
        ("/text_generation", ["Hi"], {"temperature": "hot"}, "temperature must be a number"),
        ("/summarization", ["🎉🎉"], {}, "no words in it"),
        ("/feature_extraction", ["a"], {"pooling": "sum"}, "pooling cannot be 'sum'"),
        ("/feature_extraction", ["a"], {"normalize": "yes"}, "normalize must be true or false"),
        ("/zero_shot_classification", ["a", []], {}, "no candidate labels"),
        ("/zero_shot_classification", ["a", [str(n) for n in range(200)]], {}, "200 labels are"),
        ("/feature_extraction", ["a"], {"model": "nothing"}, "neither in the catalogue"),
        ("/feature_extraction", ["a"], {"model": "../../etc"}, "neither in the catalogue"),
        ("/feature_extraction", ["a"], {"model": "/etc/passwd"}, "neither in the catalogue"),
        ("/feature_extraction", ["a"], {"model": "whisper-base"}, "not for feature-extraction"),
        ("/models", ["juggling"], {}, "There is no task named 'juggling'"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_wrong_is_said_in_a_sentence(
    ask: Ask, name: str, values: list[Any], options: dict[str, Any], said: str
) -> None:
    with pytest.raises(AppError, match=said) as caught:
        ask(name, *values, **options)
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_a_number_that_is_none_is_refused(server_url: str, number: str) -> None:
    body = '{"data": ["Hi", "auto", 8, %s, 0.9, null]}' % number  # noqa: UP031
    assert "error" in _call(server_url, "text_generation", body)


@pytest.mark.parametrize("task", ["image_classification", "audio_classification"])
@pytest.mark.parametrize(
    "path", ["/etc/passwd", "app.py", "assets/examples/cat.jpg", "../../../etc/passwd", ""]
)
def test_a_path_that_was_not_uploaded_is_refused(server_url: str, task: str, path: str) -> None:
    given = {"path": path, "meta": {"_type": "gradio.FileData"}}
    heard = _call(server_url, task, json.dumps({"data": [given]}))
    assert "event: error" in heard
    assert "root:" not in heard


@pytest.mark.parametrize("kind", ["http", "https", "file"])
def test_the_server_fetches_no_address_of_this_machine_for_a_visitor(
    server_url: str, kind: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        url = LION.as_uri() if kind == "file" else f"{kind}://127.0.0.1:{port}/lion.jpg"
        heard = _call(server_url, "image_classification", json.dumps({"data": [{"url": url}]}))
        assert "event: error" in heard
        listening.settimeout(0)
        with pytest.raises(BlockingIOError):  # nobody has come
            listening.accept()


def _call(server_url: str, name: str, body: str) -> str:
    """The events of a call as curl would see them, or the refusal."""
    address = f"{server_url}/gradio_api/call/{name}"
    headers = {"Content-Type": "application/json"}
    answer = httpx.post(address, content=body, headers=headers, timeout=60)
    if answer.is_error:
        return f"event: error {answer.text}"
    event = answer.json()["event_id"]
    return httpx.get(f"{address}/{event}", timeout=60).text
