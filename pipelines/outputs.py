"""The Hub's output shapes, task by task: what an adapter returns and an endpoint sends."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

if TYPE_CHECKING:
    import numpy as np


class LabelScore(TypedDict):
    """One label and how likely it is, 0…1."""

    label: str
    score: float


class Box(TypedDict):
    """Corners in pixels of the given picture."""

    xmin: int
    ymin: int
    xmax: int
    ymax: int


class DetectedObject(TypedDict):
    """One object in a picture."""

    label: str
    score: float
    box: Box


class GeneratedText(TypedDict):
    """Text a model wrote."""

    generated_text: str


class SummaryText(TypedDict):
    """A summary."""

    summary_text: str


class TranslationText(TypedDict):
    """A translation."""

    translation_text: str


class Chunk(TypedDict):
    """A piece of a transcript with its start and end in seconds."""

    text: str
    timestamp: list[float]


class Transcript(TypedDict):
    """What was said."""

    text: str
    chunks: NotRequired[list[Chunk]]


@dataclass(frozen=True)
class Speech:
    """Mono samples as int16, shape (samples,), at `sampling_rate` Hz."""

    samples: "np.ndarray[Any, Any]"
    sampling_rate: int


def best_first(scores: Iterable[tuple[str, float]], top_k: int | None = None) -> list[LabelScore]:
    """(label, score) pairs as the Hub's list, best first."""
    ranked = sorted(scores, key=lambda pair: -pair[1])
    return [{"label": label, "score": float(score)} for label, score in ranked[:top_k]]
