"""What a model is asked before and after its conversion: the same questions to both, by their
capabilities, so that tokenizing, preprocessing and scoring are compared too.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np
from PIL.Image import fromarray

from pipelines.engines.openvino.runtime import Array
from pipelines.inputs import Picture
from pipelines.inputs.audio import SAMPLING_RATE, Sound

Answers: TypeAlias = list[Array]
# Relative error of all numbers of an answer, ‖a − b‖ / ‖a‖. bfloat16 stays below 0.01 for BERT.
TOLERANCE = 0.02

# One alone, then several of different lengths, one of them too long for most models.
TEXTS = (
    ["The lion sleeps under an old tree."],
    ["A short one", "Rain is expected in the north; tomorrow it will be dry, says Ana.", "Why?"],
    ["lion tree " * 600],
)
LABELS = ["This text is about animals.", "This text is about politics.", "Weather."]


def gap(one: Array, other: Array) -> float:
    """The relative error of the second array; infinite when the shapes differ."""
    if one.shape != other.shape or not np.isfinite(other).all():
        return float("inf")
    size = float(np.linalg.norm(one)) or 1.0
    return float(np.linalg.norm(one.astype(np.float64) - other)) / size


def _scores(scores: Any) -> Array:
    return np.array([score for _, score in scores])


def _classified(model: Any) -> Answers:
    answers = [_scores(one) for texts in TEXTS for one in model.classify(texts)]
    if any(label.lower().startswith("entail") for label in _label_names(model)):
        answers += [
            np.array(model.entail(TEXTS[1][1], LABELS, independent=alone))
            for alone in (True, False)
        ]
    return answers


def _label_names(model: Any) -> list[str]:
    [scores] = model.classify(["x"])
    return [label for label, _ in scores]


def _filled(model: Any) -> Answers:
    """The best of each mask: alone, two in a sentence, and three so far apart that they are read
    in windows of their own."""
    mask = model.mask_token
    far = f"{'lion tree ' * 300}{mask} "
    texts = [
        f"The lion sleeps under an old {mask}.",
        f"A {mask} car and a {mask} bicycle.",
        far * 3,
    ]
    found = [one for text in texts for one in model.fill_mask(text, top_k=50)]
    return [np.array([filling.score for filling in one]) for one in found]


def _tagged(model: Any) -> Answers:
    texts = [text for group in TEXTS for text in group]
    return [np.stack([token.scores for token in model.tag_tokens(text)]) for text in texts]


def _answered(model: Any) -> Answers:
    """The best spans' scores and that of no answer, of a short text and of one in windows."""
    texts = (TEXTS[0][0], TEXTS[1][1], TEXTS[2][0])
    found = [
        model.answer_spans("Who sleeps there?", text, top_k=5, max_answer_len=30) for text in texts
    ]
    return [np.array([*(span.score for span in one.spans), one.nothing]) for one in found]


def _embedded(model: Any) -> Answers:
    answers = [model.embed(texts, pooling="mean", normalize=True) for texts in TEXTS]
    answers += [model.embed(TEXTS[1], pooling=one, normalize=False) for one in ("cls", "max")]
    return answers + list(model.embed_tokens(TEXTS[1], normalize=False))


def _pictures() -> Iterator[Picture]:
    """Wide, high, and smaller than any model's: gradients under noise, the same each time."""
    random = np.random.default_rng(0)
    for height, width in ((240, 325), (410, 296), (61, 47)):
        y, x = np.mgrid[:height, :width]
        waves = np.stack([np.sin(x / 20), np.cos(y / 15), np.sin((x + y) / 30)], -1)
        noise = random.normal(0, 20, waves.shape)
        yield fromarray((128 + 90 * waves + noise).clip(0, 255).astype(np.uint8))


def _sounds() -> Iterator[Sound]:
    """Rising tones under noise, of two lengths, the same each time."""
    random = np.random.default_rng(0)
    for seconds in (0.8, 1.3):
        time = np.arange(int(seconds * SAMPLING_RATE)) / SAMPLING_RATE
        tone = 0.3 * np.sin(2 * np.pi * (200 + 700 * time) * time)
        yield Sound((tone + random.normal(0, 0.02, time.shape)).astype(np.float32))


def _seen(model: Any) -> Answers:
    return [_scores(model.classify_image(picture)) for picture in _pictures()]


def _detected(model: Any) -> Answers:
    found = [model.detect(picture, 0.0) for picture in _pictures()]
    return [np.array([one["score"] for one in objects]) for objects in found]


def _heard(model: Any) -> Answers:
    return [_scores(model.classify_audio(sound)) for sound in _sounds()]


def _written(model: Any) -> Answers:
    """Texts as the numbers of their letters."""
    texts = ["".join(piece.text for piece in _transcribed(model, sound)) for sound in _sounds()]
    return [np.array([ord(letter) for letter in text]) for text in texts]


def _transcribed(model: Any, sound: Sound) -> Any:
    return model.transcribe(sound, None, "transcribe", False)


PROBES: dict[str, Callable[[Any], Answers]] = {
    "AutoModelForSequenceClassification": _classified,
    "AutoModelForMaskedLM": _filled,
    "AutoModelForTokenClassification": _tagged,
    "AutoModelForQuestionAnswering": _answered,
    "AutoModel": _embedded,
    "AutoModelForImageClassification": _seen,
    "AutoModelForObjectDetection": _detected,
    "AutoModelForAudioClassification": _heard,
    "AutoModelForCTC": _written,
}
