"""OpenAI's response bodies, as routes send them and the OpenAPI document describes them."""

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict  # pydantic reads typing's from Python 3.12 on only

from pipelines.inventory import Listed
from pipelines.outputs import TokenLogprobs


class ErrorFacts(TypedDict):
    """The details of an error, as OpenAI's clients read them."""

    message: str
    type: str
    param: str | None
    code: str | None


class Error(TypedDict):
    """The body of every response that is an error."""

    error: ErrorFacts


class Usage(TypedDict):
    """Tokens that were read and written."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class ChatLogprobs(TypedDict):
    """The tokens of one answer."""

    content: list[TokenLogprobs]
    refusal: None


class CalledFunction(TypedDict):
    """The function that is called; its arguments as JSON, which the model wrote."""

    name: NotRequired[str]
    arguments: str


class ToolCallTold(TypedDict):
    """A call of a function."""

    id: str
    type: Literal["function"]
    function: CalledFunction


class ToolCallDelta(TypedDict):
    """What is new of a call; its first piece has all but the rest of the arguments."""

    index: int
    id: NotRequired[str]
    type: NotRequired[Literal["function"]]
    function: CalledFunction


class ChatMessage(TypedDict):
    """The answer of the model: a text, or the functions that it calls."""

    role: Literal["assistant"]
    content: str | None
    tool_calls: NotRequired[list[ToolCallTold]]


class ChatChoice(TypedDict):
    """One of several answers."""

    index: int
    message: ChatMessage
    finish_reason: str
    logprobs: ChatLogprobs | None


class ChatCompletion(TypedDict):
    """The answer to a conversation; `notes` are the playground's."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[ChatChoice]
    usage: Usage
    notes: list[str]


class Delta(TypedDict):
    """What a chunk adds to the message."""

    role: NotRequired[Literal["assistant"]]
    content: NotRequired[str]
    tool_calls: NotRequired[list[ToolCallDelta]]


class ChunkChoice(TypedDict):
    """What is new in one of several answers."""

    index: int
    delta: Delta
    finish_reason: str | None
    logprobs: ChatLogprobs | None


class ChatChunk(TypedDict):
    """One server-sent event of a stream; [DONE] ends it."""

    id: str
    object: Literal["chat.completion.chunk"]
    created: int
    model: str
    choices: list[ChunkChoice]
    usage: NotRequired[Usage]
    notes: NotRequired[list[str]]  # with the last choice


class TextLogprobs(TypedDict):
    """The tokens of one text, in the older route's form."""

    tokens: list[str]
    token_logprobs: list[float]
    top_logprobs: list[dict[str, float]] | None
    text_offset: list[int]


class TextChoice(TypedDict):
    """One of several texts."""

    index: int
    text: str
    finish_reason: str | None
    logprobs: TextLogprobs | None


class TextCompletion(TypedDict):
    """The continuation of a prompt; events of a stream have the same form."""

    id: str
    object: Literal["text_completion"]
    created: int
    model: str
    choices: list[TextChoice]
    usage: NotRequired[Usage]
    notes: NotRequired[list[str]]  # of a stream, with the last choice


class Embedding(TypedDict):
    """One vector: numbers, or their float32 bytes as base64."""

    object: Literal["embedding"]
    index: int
    embedding: list[float] | str


class EmbeddingUsage(TypedDict):
    """Tokens that were read."""

    prompt_tokens: int
    total_tokens: int


class Embeddings(TypedDict):
    """Vectors in the order of their texts."""

    object: Literal["list"]
    data: list[Embedding]
    model: str
    usage: EmbeddingUsage


class Model(Listed):
    """One model of the catalogue, with what else is known of it."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class Models(TypedDict):
    """The catalogue."""

    object: Literal["list"]
    data: list[Model]


class TranscriptSegment(TypedDict):
    """A piece of a transcript; times in seconds."""

    id: int
    start: float
    end: float
    text: str


class TranscriptWord(TypedDict):
    """A word of a transcript; times in seconds."""

    word: str
    start: float
    end: float


class Transcription(TypedDict):
    """What was said: `text` alone, or with verbose_json the rest too."""

    text: str
    task: NotRequired[str]
    language: NotRequired[str]
    duration: NotRequired[float]
    segments: NotRequired[list[TranscriptSegment]]
    words: NotRequired[list[TranscriptWord]]
    notes: NotRequired[list[str]]


class TranscriptEvent(TypedDict):
    """One server-sent event of a transcript: new text (`delta`), and at the end all (`text`)."""

    type: Literal["transcript.text.delta", "transcript.text.done"]
    delta: NotRequired[str]
    text: NotRequired[str]
    notes: NotRequired[list[str]]


def answers(
    shape: Any, streamed: Any = None, *, media: dict[str, Any] | None = None
) -> dict[int | str, dict[str, Any]]:
    """A route's responses for the OpenAPI document: a JSON shape, events of another, or files."""
    good: dict[str, Any] = {"model": shape} if shape else {}
    content = dict(media or {})
    if streamed:
        content["text/event-stream"] = {
            "schema": {"type": "string", "description": f"events, each a {streamed.__name__}"}
        }
    if content:
        good["content"] = content
    refused = {"model": Error, "description": "One sentence: what is wrong, and what to do."}
    return {200: good, "4XX": refused, "5XX": refused}
