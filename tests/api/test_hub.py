"""The Hub's inference shape, asked by huggingface_hub's own client."""

import httpx
import pytest
from huggingface_hub import InferenceClient
from huggingface_hub.errors import HfHubHTTPError

from pipelines.folders import ASSETS

EXAMPLES = ASSETS / "examples"
CAT, SCENE = str(EXAMPLES / "cat.jpg"), str(EXAMPLES / "scene-1.png")
SPEECH, FRENCH = str(EXAMPLES / "library.mp3"), str(EXAMPLES / "french.mp3")


class Hub:
    def __init__(self, url: str) -> None:
        self.url = url

    def client(self, task: str, model: str = "") -> InferenceClient:
        by_model = f"{self.url}/hf/models/{model}?task={task}"
        return InferenceClient(by_model if model else f"{self.url}/hf/tasks/{task}", token="none")


@pytest.fixture(scope="module")
def hub(server_url: str) -> Hub:
    return Hub(server_url)


def test_texts_are_classified(hub: Hub) -> None:
    task = "text-classification"
    first, _ = hub.client(task).text_classification("I love it.")
    assert (first.label, first.score > 0.9) == ("POSITIVE", True)
    (only,) = hub.client(task, "sentiment").text_classification("I hate it.", top_k=1)
    assert only.label == "NEGATIVE"
    found = hub.client("zero-shot-classification").zero_shot_classification(
        "The match ended in a draw.", candidate_labels=["sport", "cooking"], multi_label=True
    )
    assert found[0].label == "sport"


def test_texts_are_changed(hub: Hub) -> None:
    written = hub.client("translation").translation("A dog runs.", src_lang="en", tgt_lang="fr")
    assert "chien" in written.translation_text
    text = "The library reopened on Monday. It had been closed for two years. " * 4
    assert hub.client("summarization").summarization(text).summary_text


def test_vectors_have_the_models_size(hub: Hub) -> None:
    vector = hub.client("feature-extraction").feature_extraction("hello", normalize=True)
    assert vector.shape == (384,)
    assert float(vector @ vector) == pytest.approx(1, abs=1e-3)


def test_text_is_generated_whole_and_streamed(hub: Hub) -> None:
    client = hub.client("text-generation")
    whole = client.text_generation("Once upon a", max_new_tokens=5, do_sample=False, details=True)
    assert whole.details
    assert (whole.details.generated_tokens, whole.details.finish_reason) == (5, "length")
    streamed = client.text_generation("Once upon a", max_new_tokens=5, do_sample=False, stream=True)
    assert "".join(streamed) == whole.generated_text


def test_pictures_are_seen(hub: Hub) -> None:
    found = hub.client("image-classification").image_classification(CAT, top_k=2)
    assert len(found) == 2
    assert "cat" in found[0].label
    assert len(hub.client("image-classification").image_classification(CAT)) == 5
    boxes = hub.client("object-detection", "scene-detector").object_detection(SCENE, threshold=0.4)
    assert boxes[0].box.xmax > boxes[0].box.xmin
    assert hub.client("image-to-text", "scene-captioner").image_to_text(SCENE).generated_text
    asked = hub.client("visual-question-answering", "scene-answerer")
    assert asked.visual_question_answering(SCENE, "Is there a cat?")[0].answer


def test_sounds_are_heard_and_made(hub: Hub) -> None:
    heard = hub.client("automatic-speech-recognition").automatic_speech_recognition(SPEECH)
    assert "library" in heard.text
    (language,) = hub.client("audio-classification").audio_classification(FRENCH, top_k=1)
    assert language.label == "French"
    assert hub.client("text-to-speech").text_to_speech("Good morning.")[:4] == b"RIFF"


@pytest.mark.parametrize(
    ("path", "sent", "status", "said"),
    [
        ("tasks/telepathy", {"inputs": "x"}, 400, "telepathy"),
        ("tasks/text-classification", {}, 400, "inputs"),
        ("tasks/text-classification", {"inputs": {}}, 400, "text"),
        ("tasks/text-classification", {"inputs": "x", "parameters": 3}, 400, "parameters"),
        ("tasks/text-classification", {"inputs": "x", "parameters": []}, 400, "parameters"),
        ("tasks/text-classification", {"inputs": "x", "parameters": {"a": 1}}, 400, "'a'"),
        ("tasks/image-classification", {"inputs": "not base64!"}, 400, "base64"),
        ("tasks/image-classification", {"inputs": "/etc/passwd"}, 400, ""),
        ("tasks/text-generation", {"inputs": ["a"], "stream": True}, 400, "one text"),
        (
            "tasks/text-generation",
            {"inputs": "a", "parameters": {"details": True, "num_return_sequences": 2}},
            400,
            "one answer",
        ),
        (
            "tasks/fill-mask",
            {"inputs": "___ " * 20 + "x" * 9000, "parameters": {"top_k": 100}},
            400,
            "top_k",
        ),
        ("models/gpt-4o?task=text-generation", {"inputs": "x"}, 404, "gpt-4o"),
        ("models/some/model", {"inputs": "x"}, 400, "task"),
        ("tasks/" + "t" * 9_000, {"inputs": "x"}, 400, "no task named"),
        ("models/" + "m" * 9_000 + "?task=text-generation", {"inputs": "x"}, 404, "neither"),
        ("tasks/text-generation", {"inputs": "x", "parameters": {"g" * 9_000: 1}}, 400, "ggg"),
        ("tasks/text-generation", {"inputs": "x", "parameters": {"grammar": 1}}, 400, "grammar"),
    ],
)
def test_errors_are_a_sentence(
    server_url: str, path: str, sent: dict[str, object], status: int, said: str
) -> None:
    answer = httpx.post(f"{server_url}/hf/{path}", json=sent, timeout=60)
    assert answer.status_code == status
    assert said in answer.json()["error"]
    assert len(answer.text) < 1_500


def test_the_client_raises_what_it_is_told(hub: Hub) -> None:
    with pytest.raises(HfHubHTTPError, match="text is empty"):
        hub.client("text-classification").text_classification("")


def test_a_form_is_no_way_round_the_limits_of_json(server_url: str) -> None:
    body = b'{"inputs": [' + b"{}," * 300_000 + b"1]}"
    headers = {"content-type": "multipart/form-data; boundary=x"}
    answer = httpx.post(
        f"{server_url}/hf/tasks/text-classification", content=body, headers=headers, timeout=60
    )
    assert answer.status_code == 413
