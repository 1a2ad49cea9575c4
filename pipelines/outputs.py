"""The Hub's output shapes, task by task: what an adapter returns and an endpoint sends."""

import io
import wave
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NotRequired

from typing_extensions import TypedDict  # pydantic reads typing's from Python 3.12 on only

if TYPE_CHECKING:
    import numpy as np


class LabelScore(TypedDict):
    """One label and how likely it is, 0…1."""

    label: str
    score: float


class FilledMask(TypedDict):
    """One word for a mask, its token, and the text with it."""

    score: float
    token: int
    token_str: str
    sequence: str


class EntityGroup(TypedDict):
    """A labelled span of a text, by characters."""

    entity_group: str
    score: float
    word: str
    start: int
    end: int


class TokenEntity(TypedDict):
    """A labelled token of a text; `index` counts from 1, as the model adds one before the text."""

    entity: str
    score: float
    index: int
    word: str
    start: int
    end: int


class SpanAnswer(TypedDict):
    """A piece of a text that answers, by characters; empty where nothing does."""

    answer: str
    score: float
    start: int
    end: int


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


class Logprob(TypedDict):
    """A token, its bytes, and the natural logarithm of how likely it was."""

    token: str
    logprob: float
    bytes: list[int]


class TokenLogprobs(Logprob):
    """A token of a text, and the likeliest in its place, it among them if it is one."""

    top_logprobs: list[Logprob]


class ToolCall(TypedDict):
    """A function that a model calls; its arguments as JSON, as the model wrote it."""

    name: str
    arguments: str


class GeneratedText(TypedDict):
    """Text a model wrote; the probabilities of its tokens where they were asked for, and the
    functions that it called."""

    generated_text: str
    logprobs: NotRequired[list[TokenLogprobs]]
    tool_calls: NotRequired[list[ToolCall]]


def growing_text(pieces: Iterable[str]) -> Iterator[GeneratedText]:
    """The text as it grows piece by piece; whole, it has no white space around it."""
    text = ""
    for piece in pieces:
        text += piece
        yield {"generated_text": text}
    yield {"generated_text": text.strip()}


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
    """What was said, and in which language where the model knows several: its code, and how
    likely it is when it was heard and not given. Where the chunks are words, the segments too."""

    text: str
    language: NotRequired[str]
    language_probability: NotRequired[float]
    chunks: NotRequired[list[Chunk]]
    segments: NotRequired[list[Chunk]]


@dataclass(frozen=True)
class Speech:
    """Mono samples as int16, shape (samples,), at `sampling_rate` Hz.

    `cuts`: where it may be cut into pieces to play one after the other while it grows, in samples:
    at ends of sentences, each piece at least a quarter of all before it, so that they are few.
    """

    samples: "np.ndarray[Any, Any]"
    sampling_rate: int
    cuts: tuple[int, ...] = ()


def wav(speech: Speech) -> bytes:
    """Speech as the bytes of a 16-bit mono WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(speech.sampling_rate)
        out.writeframes(speech.samples.tobytes())
    return file.getvalue()


def best_first(scores: Iterable[tuple[str, float]], top_k: int | None = None) -> list[LabelScore]:
    """(label, score) pairs as the Hub's list, best first."""
    ranked = sorted(scores, key=lambda pair: -pair[1])
    return [{"label": label, "score": float(score)} for label, score in ranked[:top_k]]
