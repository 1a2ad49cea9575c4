"""What a loaded model can do, as small typed protocols; the contract of adapters and engines.

An adapter's first parameter names the capabilities it can use, the preferred first:

    def translation(model: Translate | Chat | Generate, text: …) -> …

`Task.capabilities` is read from that annotation. An engine picks the first that a model's files
offer and returns an object with those methods. Which capability an object has is decided in one
way: `isinstance`, also as a class pattern of `match`. Each protocol has a method of a name of its
own, and a model has a method only if it can do it. A model's class names its capabilities as bases,
so that mypy compares the signatures.

Arguments and results are plain Python and numpy values. Tensors, logits, tokenizers and the names
of a library's classes stay within the engines.
"""

from collections.abc import Generator, Iterator, Sequence
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from pipelines.inputs.audio import Sound
from pipelines.inputs.image import Picture
from pipelines.inputs.messages import Message
from pipelines.outputs import DetectedObject

Capability: TypeAlias = type[Any]  # one of the protocols below
TextStream: TypeAlias = Generator[str, None, None]  # pieces of a text; close() stops the model
Scores: TypeAlias = list[tuple[str, float]]  # (label, score), in the model's own order
Segment: TypeAlias = tuple[float, float, str]  # start and end in seconds, text
Vectors: TypeAlias = NDArray[np.float32]


@runtime_checkable
class Chat(Protocol):
    """Answers a conversation, by the model's own chat template."""

    def chat(
        self,
        messages: list[Message],
        *,
        max_new_tokens: int,
        temperature: float = 0.0,
        top_p: float = 1.0,
        seed: int | None = None,
    ) -> TextStream:
        """Yield the answer; temperature 0 is greedy, and one seed gives one text.

        Raises:
            InputError: the conversation is longer than the model's context.
        """


@runtime_checkable
class Generate(Protocol):
    """Continues a text (base models)."""

    def generate(
        self,
        prompt: str,
        *,
        max_new_tokens: int,
        temperature: float = 0.0,
        top_p: float = 1.0,
        seed: int | None = None,
    ) -> TextStream:
        """Yield the continuation without the prompt; options as for Chat.

        Raises:
            InputError: the prompt is longer than the model's context.
        """


@runtime_checkable
class ChatWithImages(Protocol):
    """Answers a conversation whose messages have images."""

    def chat_with_images(self, messages: list[Message], *, max_new_tokens: int) -> TextStream:
        """Yield the answer, greedily decoded."""


@runtime_checkable
class Summarize(Protocol):
    """Shortens a text: encoder-decoders trained for it."""

    def summarize(self, text: str, *, max_new_tokens: int) -> TextStream:
        """Yield the summary."""


@runtime_checkable
class Translate(Protocol):
    """Translates between the languages it was trained on."""

    def translate(self, text: str, *, source: str, target: str, num_beams: int) -> TextStream:
        """Yield the translation; with beams it comes as one piece. Languages as BCP 47 codes.

        Raises:
            InputError: the model does not know one of the languages.
        """


@runtime_checkable
class Classify(Protocol):
    """Scores a text under the labels it was trained on."""

    def classify(self, texts: Sequence[str]) -> list[Scores]:
        """The scores of all labels, for each text; a regression's numbers as they are."""


@runtime_checkable
class Entail(Protocol):
    """Natural-language inference: whether a premise entails a hypothesis."""

    def entail(self, premise: str, hypotheses: Sequence[str], *, independent: bool) -> list[float]:
        """A probability for each hypothesis.

        `independent`: each against its own contradiction; otherwise of all hypotheses against
        each other, which sum to 1.

        Raises:
            InputError: the model's labels have no entailment.
        """


@runtime_checkable
class Embed(Protocol):
    """Turns texts into vectors."""

    def embed(self, texts: Sequence[str], *, pooling: str, normalize: bool) -> Vectors:
        """One vector a text, shape (texts, hidden); pooling "auto" is as the repository says."""

    def embed_tokens(self, texts: Sequence[str], *, normalize: bool) -> list[Vectors]:
        """One vector a token, for each text: shape (tokens, hidden)."""


@runtime_checkable
class ClassifyImage(Protocol):
    """Scores an image under the labels it was trained on."""

    def classify_image(self, image: Picture) -> Scores:
        """The scores of all labels; a regression's numbers as they are."""


@runtime_checkable
class Detect(Protocol):
    """Finds objects in an image."""

    def detect(self, image: Picture, threshold: float) -> list[DetectedObject]:
        """Objects that score above the threshold, best first; boxes in pixels of the image."""


@runtime_checkable
class Caption(Protocol):
    """Describes an image, or reads the text in it, without being asked in words."""

    def caption(self, image: Picture, *, max_new_tokens: int) -> TextStream:
        """Yield the caption."""


@runtime_checkable
class AnswerAboutImage(Protocol):
    """Answers one question about one image."""

    def answer(self, image: Picture, question: str, *, max_new_tokens: int) -> TextStream:
        """Yield the answer."""


@runtime_checkable
class Transcribe(Protocol):
    """Writes down speech."""

    def transcribe(
        self, sound: Sound, language: str | None, task: str, timestamps: bool
    ) -> Iterator[Segment]:
        """Yield segments as they are decoded; `task` is transcribe, or translate into English."""


@runtime_checkable
class IdentifyLanguage(Protocol):
    """Identifies the spoken language."""

    def identify_language(self, sound: Sound) -> Scores:
        """The probability of each language, by its code."""


@runtime_checkable
class ClassifyAudio(Protocol):
    """Scores a sound under the labels it was trained on."""

    def classify_audio(self, sound: Sound) -> Scores:
        """The scores of all labels; a regression's numbers as they are."""


@runtime_checkable
class Speak(Protocol):
    """Synthesizes speech."""

    @property
    def sampling_rate(self) -> int:
        """Samples a second."""

    def speak(self, text: str, length_scale: float) -> Iterator[NDArray[np.int16]]:
        """Yield mono samples, shape (samples,), as they are synthesized."""
