"""The adapters answer as transformers' own pipelines do, on the same weights and input.

transformers 5 still has the pipelines of twelve of the tasks. Those of fill-mask and
token-classification are compared in the tests of their tasks; so are the four tasks without a
pipeline, with `generate` or the model itself.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from PIL import Image

from pipelines import Playground
from pipelines.engines.transformers.speech_recognition import TOKENS_PER_SECOND
from pipelines.registry import tasks
from tests.tiny import TINY

TEXT = "the lion sleeps under an old tree"
LABELS = ["apple", "tree"]
PICTURE = Image.linear_gradient("L").resize((80, 64)).convert("RGB")
WAVE = np.sin(np.arange(16_000) * 0.05).astype(np.float32)
GIVEN = {"text": TEXT, "prompt": TEXT, "candidate_labels": LABELS, "image": PICTURE}
GIVEN |= {"audio": (16_000, WAVE)}
# What transformers' pipeline cannot make here, and why.
OTHER_ENGINES = {"gguf", "gguf-mmproj", "whisper-ctranslate2"}  # see tests/engines
WITHOUT = {"qwen2.5-vl", "qwen3-vl", "smolvlm"}  # their processors' video half needs torchvision


def same_scores(ours: Any, theirs: Any) -> None:
    wanted = {one["label"]: one["score"] for one in theirs}
    assert {one["label"]: one["score"] for one in ours} == pytest.approx(wanted, abs=1e-5)


def same_zero_shot(ours: Any, theirs: Any) -> None:
    wanted = dict(zip(theirs["labels"], theirs["scores"], strict=True))
    assert {one["label"]: one["score"] for one in ours} == pytest.approx(wanted, abs=1e-5)


def same_vectors(ours: Any, theirs: Any) -> None:
    assert np.asarray(ours) == pytest.approx(np.asarray(theirs)[0], abs=1e-5)


def same_boxes(ours: Any, theirs: Any) -> None:
    labels, wanted = ([one["label"] for one in items] for items in (ours, theirs))
    assert labels == [label for _, label in sorted(_ranked(wanted, theirs))]
    mine = [one["score"] for one in ours]
    assert mine == pytest.approx(sorted((one["score"] for one in theirs), reverse=True), abs=1e-5)


def _ranked(labels: list[str], items: Any) -> list[tuple[float, str]]:
    return [(-one["score"], label) for one, label in zip(items, labels, strict=True)]


def same_text(ours: Any, theirs: Any) -> None:
    theirs = theirs[0] if isinstance(theirs, list) else theirs
    theirs = theirs.get("generated_text", theirs.get("text"))
    assert next(iter(ours.values())).strip() == theirs.strip()


def boxes(pipe: Any) -> Any:
    return pipe(PICTURE, threshold=0.0)


def zero_shot(pipe: Any) -> Any:
    return pipe(TEXT, LABELS, hypothesis_template="This text is about {}.")


def heard(pipe: Any) -> Any:
    """Greedy, as the adapter: the pipeline's own five beams need minutes on random weights."""
    if pipe.type == "ctc":
        return pipe(WAVE.copy())
    options: dict[str, Any] = {"num_beams": 1}
    if pipe.type == "seq2seq":  # Moonshine may write a few tokens a second
        options["max_new_tokens"] = max(8, TOKENS_PER_SECOND)
    else:  # Whisper writes to its end; the task takes a token of that
        options["task"] = "transcribe"
    return pipe(WAVE.copy(), generate_kwargs=options)


def written(pipe: Any) -> Any:
    return pipe(TEXT, max_new_tokens=5, do_sample=False, return_full_text=False)


def looked(pipe: Any) -> Any:
    content = [{"type": "image", "image": PICTURE}, {"type": "text", "text": TEXT}]
    options = {"max_new_tokens": 5, "do_sample": False}
    if not pipe.processor.chat_template:
        mark = pipe.processor.image_token
        return pipe(
            images=PICTURE, text=mark + TEXT, return_full_text=False, generate_kwargs=options
        )
    chat = [{"role": "user", "content": content}]
    return pipe(text=chat, return_full_text=False, generate_kwargs=options)


def chatted(pipe: Any) -> Any:
    chat = [{"role": "user", "content": TEXT}]
    return pipe(chat, max_new_tokens=5, do_sample=False, return_full_text=False)


Theirs = Callable[[Any], Any]
COMPARED: dict[str, tuple[Theirs, dict[str, Any], Callable[[Any, Any], None]]] = {
    "text-classification": (lambda pipe: pipe(TEXT, top_k=5), {}, same_scores),
    "zero-shot-classification": (zero_shot, {}, same_zero_shot),
    "feature-extraction": (
        lambda pipe: pipe(TEXT),
        {"pooling": "none", "normalize": False},
        same_vectors,
    ),
    "image-classification": (lambda pipe: pipe(PICTURE, top_k=5), {}, same_scores),
    "object-detection": (boxes, {"threshold": 0.0}, same_boxes),
    "automatic-speech-recognition": (heard, {}, same_text),
    "audio-classification": (lambda pipe: pipe(WAVE.copy(), top_k=5), {}, same_scores),
    "image-text-to-text": (looked, {"max_new_tokens": 5}, same_text),
    "text-generation": (written, {"max_new_tokens": 5, "temperature": 0.0}, same_text),
}
PAIRS = [
    (task, name)
    for name, tiny in TINY.items()
    for task in tiny.tasks
    if task in COMPARED
    and name not in WITHOUT | OTHER_ENGINES
    # Embedding models have no zero-shot pipeline, and detectors are seeded by their pictures.
    and (task != "zero-shot-classification" or name.endswith("nli"))
]


def pipeline_of(task: str, folder: Path) -> Any:
    """transformers' own pipeline, its pictures read by Pillow as there is no torchvision."""
    parts = {}
    if task == "image-text-to-text":
        parts["processor"] = transformers.AutoProcessor.from_pretrained(folder, backend="pil")
    elif any(p.name == "image" for p in tasks()[task].inputs):
        load = transformers.AutoImageProcessor.from_pretrained
        parts["image_processor"] = load(folder, backend="pil")
    return transformers.pipeline(
        task, model=str(folder), device="cpu", dtype=torch.float32, **parts
    )


@pytest.mark.parametrize(("task", "name"), PAIRS)
def test_the_answer_is_that_of_transformers_own_pipeline(
    tiny: Playground, task: str, name: str
) -> None:
    ask, options, same = COMPARED[task]
    inputs = {p.name: GIVEN[p.name] for p in tasks()[task].inputs}
    ours = tiny.run(task, inputs, name, options).value
    folder = tiny.store.local(tiny.catalogue[name])
    assert folder
    pipe = pipeline_of(task, folder)
    if task == "text-generation" and pipe.tokenizer.chat_template:
        ask = chatted
    with torch.inference_mode():
        same(ours, ask(pipe))


def test_a_voice_says_what_transformers_own_pipeline_says(tiny: Playground) -> None:
    folder = tiny.store.local(tiny.catalogue["vits"])
    pipe = transformers.pipeline("text-to-speech", model=str(folder), device="cpu")
    tiny.run("text-to-speech", {"text": TEXT}, "vits")  # loading takes random numbers too
    torch.manual_seed(0)
    theirs = pipe(TEXT)
    torch.manual_seed(0)
    ours = tiny.run("text-to-speech", {"text": TEXT}, "vits").value
    assert ours.sampling_rate == theirs["sampling_rate"]
    wanted = (np.asarray(theirs["audio"]).reshape(-1).clip(-1, 1) * 32767).astype(np.int16)
    assert np.abs(ours.samples.astype(int) - wanted).max() <= 1


def test_whisper_gives_time_stamps(tiny: Playground) -> None:
    options = {"return_timestamps": True, "language": "en"}
    given = {"audio": (16_000, WAVE)}
    answer = tiny.run("automatic-speech-recognition", given, "whisper", options).value
    stamps = [stamp for chunk in answer["chunks"] for stamp in chunk["timestamp"]]
    assert stamps
    assert all(0 <= stamp <= 1 for stamp in stamps)


@pytest.mark.parametrize("name", ["wav2vec2-ctc", "hubert-ctc"])
def test_words_have_the_times_of_transformers_own_pipeline(tiny: Playground, name: str) -> None:
    folder = tiny.store.local(tiny.catalogue[name])
    pipe = transformers.pipeline("automatic-speech-recognition", model=str(folder), device="cpu")
    theirs = pipe(WAVE.copy(), return_timestamps="word")["chunks"]
    given, options = {"audio": (16_000, WAVE)}, {"return_timestamps": "word"}
    ours = tiny.run("automatic-speech-recognition", given, name, options).value["chunks"]
    assert theirs
    assert [one["text"] for one in ours] == [one["text"] for one in theirs]
    for mine, own in zip(ours, theirs, strict=True):
        assert mine["timestamp"] == pytest.approx(own["timestamp"], abs=0.03)


def test_whisper_gives_the_times_of_words(tiny: Playground) -> None:
    options = {"return_timestamps": "word", "language": "en"}
    given = {"audio": (16_000, WAVE)}
    answer = tiny.run("automatic-speech-recognition", given, "whisper", options).value
    assert "".join(word["text"] for word in answer["chunks"]).strip() == answer["text"]
    starts = [word["timestamp"][0] for word in answer["chunks"]]
    assert starts
    assert starts == sorted(starts)
    assert all(0 <= time <= 1 for word in answer["chunks"] for time in word["timestamp"])


@pytest.mark.parametrize("name", sorted(WITHOUT))
def test_a_picture_is_read_without_torchvision(tiny: Playground, name: str) -> None:
    given = {"image": PICTURE, "text": TEXT}
    answer = tiny.run("image-text-to-text", given, name, {"max_new_tokens": 3}).value
    assert isinstance(answer["generated_text"], str)
