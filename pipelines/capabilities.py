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

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from pipelines.inputs.audio import Sound
from pipelines.inputs.image import Picture
from pipelines.inputs.live_sound import LiveSound
from pipelines.inputs.messages import Message
from pipelines.outputs import DetectedObject
from pipelines.sampling import Sampling
from pipelines.token_results import Filling, FoundSpans, TaggedToken

Capability: TypeAlias = type[Any]  # one of the protocols below
TextStream: TypeAlias = Generator[str, None, None]  # pieces of a text; close() stops the model
# (which of several texts, a piece of it), all of one text before the next
TextStreams: TypeAlias = Generator[tuple[int, str], None, None]
Scores: TypeAlias = list[tuple[str, float]]  # (label, score), in the model's own order
Vectors: TypeAlias = NDArray[np.float32]


class Word(NamedTuple):
    """One word of a transcript, with the space before it where there is one; times in seconds."""

    start: float
    end: float
    text: str


class Segment(NamedTuple):
    """A piece of a transcript, with its words where they were asked for; times in seconds."""

    start: float
    end: float
    text: str
    words: tuple[Word, ...] = ()


@dataclass(frozen=True)
class Tentative:
    """What was heard after the last segment so far: the next pass may hear it otherwise."""

    text: str


@dataclass(frozen=True)
class SpokenLanguage:
    """The language of a sound, by its code; no probability where the caller named it."""

    code: str
    probability: float | None = None


@runtime_checkable
class Chat(Protocol):
    """Answers a conversation, by the model's own chat template."""

    def chat(self, messages: list[Message], sampling: Sampling) -> TextStream:
        """Yield the answer; a last message of the assistant is continued.

        Raises:
            InputError: the conversation is longer than the model's context.
        """


@runtime_checkable
class Generate(Protocol):
    """Continues a text, without a template."""

    def generate(self, prompt: str, sampling: Sampling) -> TextStream:
        """Yield the continuation of the very text, without the prompt.

        Raises:
            InputError: the prompt is longer than the model's context.
        """


@runtime_checkable
class HoldToSchema(Protocol):
    """Writes nothing but JSON of a schema, where `Sampling.json_schema` asks for it."""

    def check_schema(self, schema: Mapping[str, Any]) -> None:
        """Check that the text can be held to the schema.

        Raises:
            InputError: the schema asks for something that the engine does not know.
        """


@runtime_checkable
class TellLogprobs(Protocol):
    """Tells the run the log probabilities of its tokens, where `Sampling.top_logprobs` asks."""

    @property
    def most_logprobs(self) -> int:
        """How many alternatives to the chosen token it can tell, at most."""


@runtime_checkable
class CallTools(Protocol):
    """Calls functions in a chat, where `Sampling.tools` declares them, and tells the run so."""

    @property
    def knows_tools(self) -> bool:
        """Whether the model's chat template has a place for them."""


@runtime_checkable
class ChatWithImages(Protocol):
    """Answers a conversation whose messages have images."""

    def chat_with_images(self, messages: list[Message], *, max_new_tokens: int) -> TextStream:
        """Yield the answer, greedily decoded."""


@runtime_checkable
class Summarize(Protocol):
    """Shortens a text: encoder-decoders trained for it."""

    def summarize(
        self, text: str, *, max_new_tokens: int, min_new_tokens: int | None = None
    ) -> TextStream:
        """Yield the summary; without a minimum it is as short as the model's own settings allow."""


@runtime_checkable
class Translate(Protocol):
    """Translates sentences between the languages it was trained on."""

    def reads_whole(self, sentence: str) -> bool:
        """Whether a sentence is short enough for the model to translate it in one piece."""

    def translate(
        self, sentences: Sequence[str], *, source: str, target: str, num_beams: int
    ) -> TextStreams:
        """Yield the translations in order; with beams each comes as one piece.

        Languages as BCP 47 codes, in any spelling.

        Raises:
            InputError: the model does not know one of the languages.
        """


@runtime_checkable
class Classify(Protocol):
    """Scores a text, or a pair of texts, under the labels it was trained on."""

    def classify(self, texts: Sequence[str | tuple[str, str]]) -> list[Scores]:
        """The scores of all labels, for each text; a regression's numbers as they are.

        Either all are pairs, which the model reads with its separator between them, or none is.
        """


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
class FillMask(Protocol):
    """Guesses masked words."""

    @property
    def mask_token(self) -> str:
        """How the model writes a gap; empty if it knows none."""

    def fill_mask(
        self, text: str, *, top_k: int, targets: Sequence[str] = ()
    ) -> list[list[Filling]]:
        """For each mask in the text its likeliest tokens, best first; with targets only these.

        Raises:
            InputError: there is no mask in the text, or too many.
        """


@runtime_checkable
class TagTokens(Protocol):
    """Labels each token of a text."""

    @property
    def labels(self) -> list[str]:
        """The labels, in the order of the scores."""

    def tag_tokens(self, text: str) -> list[TaggedToken]:
        """Every token of the text with its scores, however long the text is."""


@runtime_checkable
class AnswerSpan(Protocol):
    """Finds the answer to a question in a text."""

    def answer_spans(
        self, question: str, context: str, *, top_k: int, max_answer_len: int
    ) -> FoundSpans:
        """The likeliest spans of the text, of at most so many tokens, however long the text is."""


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
        self, sound: Sound, language: str | None, task: str, timestamps: bool | str
    ) -> Iterator[SpokenLanguage | Segment]:
        """Yield segments as they are decoded; `task` is transcribe, or translate into English.

        `timestamps`: whether the times of segments are wanted; "word" for those of words, too.

        The language comes first, from models that know several. Nothing comes where nobody speaks.
        """


@runtime_checkable
class TranscribeLive(Protocol):
    """Writes down speech while it is spoken."""

    def transcribe_live(
        self, sound: LiveSound, language: str | None, task: str
    ) -> Iterator[SpokenLanguage | Segment | Tentative]:
        """Yield segments as they are settled, and after each pass what stands behind them."""


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

    def language_of(self, voice: str | None) -> str:
        """The BCP 47 code of what a voice reads, the model's first if None; "" where it is several.

        Raises:
            InputError: the model has no such voice; it lists those that it has.
        """

    def speak(
        self, text: str, length_scale: float, voice: str | None = None
    ) -> Iterator[NDArray[np.int16]]:
        """Yield mono samples, shape (samples,), as they are synthesized."""
