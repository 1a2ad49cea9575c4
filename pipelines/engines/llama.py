"""llama.cpp through xllamacpp: chat with GGUF models, many callers batched on one model.

Knows messages and sampling, no tasks. A model sees images when its repository has the projector
(mmproj) beside it. Each chat runs on a thread of its own; llama.cpp decodes all running chats in
one batch, so eight users cost little more than one.
"""

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeAlias

from pipelines import events
from pipelines.capabilities import (
    CallTools,
    Capability,
    Chat,
    ChatWithImages,
    Generate,
    HoldToSchema,
    TellLogprobs,
    TextStream,
)
from pipelines.engines.base import Engine, library_of
from pipelines.engines.context_budget import estimate_tokens
from pipelines.engines.control_tokens import as_plain_text, with_plain_text
from pipelines.engines.gguf_metadata import control_tokens, key_value_bytes, knows_tools
from pipelines.engines.json_schemas import check, held
from pipelines.engines.llama_requests import (
    CONTEXT,
    FIRST_CONTEXT,
    ConversationTooLongError,
    Request,
    openai_message,
    sampling_options,
    token_logprobs,
    tool_options,
    user_error,
)
from pipelines.engines.llama_server import GrowingServer, start
from pipelines.engines.stop_strings import until_stop
from pipelines.errors import ModelError
from pipelines.inputs.messages import Message, with_system
from pipelines.run import (
    count_prompt_tokens,
    count_tokens,
    current,
    finished,
    tell_logprobs,
    tell_tool_call,
)
from pipelines.sampling import Sampling
from pipelines.settings import Settings

Handle: TypeAlias = Callable[[Request, Callable[[Request], bool]], None]

SHARD = re.compile(r"(.+)-\d{5,6}-of-(\d{5,6})\.gguf")
# Of a repository with many quantizations, the one that most people run.
QUANTIZATIONS = ("q4_k_m", "q4_0", "q5_k_m", "q8_0", "f16", "bf16")
PROJECTOR_QUANTIZATIONS = ("q8_0", "f16")
IMAGE_MARKERS = {"<__media__>", "<__image__>"}  # llama.cpp puts an image in their place
KEY_VALUE_CACHE = 1.25  # memory of a loaded model as a multiple of its file, if no more is known


class LlamaModel(Chat, Generate, HoldToSchema, TellLogprobs, CallTools):
    """One loaded GGUF model."""

    system = ""
    most_logprobs = 20

    def __init__(self, file: Path, settings: Settings, projector: Path | None = None) -> None:
        load = partial(start, file, projector, settings)
        self.parallel = settings.users
        self._file = file
        self._server = GrowingServer(load, sorted({min(FIRST_CONTEXT, CONTEXT), CONTEXT}))

    @property
    def spare_bytes(self) -> int:
        """What the whole context takes beyond the one it has now."""
        return self._server.spare_tokens * key_value_bytes(self._file)

    def chat(self, messages: list[Message], sampling: Sampling) -> TextStream:
        """Yield the answer piece by piece; closing the stream stops llama.cpp.

        llama.cpp goes on with a last message of the assistant by itself.

        Raises:
            InputError: the conversation is longer than the model's context.
        """
        if any(mark in message["content"] for message in messages for mark in "<["):
            messages = with_plain_text(messages, self._control_tokens)
        messages = with_system(messages, self.system)
        request = {
            "messages": [openai_message(one) for one in messages],
            # Reasoning models (Qwen3, SmolLM3) would spend all their tokens on it.
            "chat_template_kwargs": {"enable_thinking": False},
            # Of those that always reason the reasoning is shown: without it they seem to hang.
            "reasoning_format": "none",
            **tool_options(sampling),
        }
        yield from self._write("handle_chat_completions", request, messages, sampling)

    def generate(self, prompt: str, sampling: Sampling) -> TextStream:
        """Yield the continuation; errors as of `chat`."""
        text = as_plain_text(prompt, self._control_tokens)
        messages: list[Message] = [{"role": "user", "content": text}]
        yield from self._write("handle_completions", {"prompt": text}, messages, sampling)

    @cached_property
    def knows_tools(self) -> bool:
        """Whether its template has a place for them."""
        return knows_tools(self._file)

    def check_schema(self, schema: Mapping[str, Any]) -> None:
        """Check that llama.cpp can hold a text to the schema; errors as of `check`."""
        check(schema)

    def _write(
        self, handler: str, request: Request, messages: list[Message], sampling: Sampling
    ) -> TextStream:
        """Yield what llama.cpp answers to the request, when there is room for it."""
        request = {**request, **sampling_options(sampling)}
        if sampling.seed is not None and sampling.temperature > 0:
            # The same numbers only come of the same batches: rounding depends on how many tokens
            # are computed together, now and when a reused prompt was. Eight chats at once with one
            # seed wrote six texts, and the next one alone, on their prompt, a seventh. So a seeded
            # chat computes its prompt anew and runs alone.
            request |= {"seed": sampling.seed, "cache_prompt": False}
        tokens = estimate_tokens(messages, sampling.max_new_tokens, sampling.tools)
        try:
            yield from self._answer(handler, request, sampling, tokens)
        except ConversationTooLongError:
            if tokens >= CONTEXT:
                raise
            # A template may add more than was estimated.
            yield from self._answer(handler, request, sampling, CONTEXT)

    def _answer(
        self, handler: str, request: Request, sampling: Sampling, tokens: int
    ) -> TextStream:
        with self._server.reserve(tokens, alone="seed" in request) as server:
            pieces = self._stream(getattr(server, handler), request, sampling.top_logprobs)
            if sampling.json_schema is not None:
                pieces = held(pieces, sampling.json_schema)
            yield from until_stop(pieces, sampling.stop)

    @cached_property
    def _control_tokens(self) -> set[str]:
        """What llama.cpp would take for a token of the template or an image's place."""
        return control_tokens(self._file) | IMAGE_MARKERS

    def _stream(self, handle: Handle, request: Request, others: int | None) -> TextStream:
        stopped = threading.Event()

        def work(put: Callable[[dict[str, Any]], None]) -> None:
            def on_chunk(chunk: dict[str, Any]) -> bool:
                put(chunk)
                return stopped.is_set()  # true tells llama.cpp to stop

            try:
                handle(request, on_chunk)
            except Exception as error:
                raise ModelError("llama.cpp failed on this request.", str(error)) from error

        # While a long prompt is being read, the stream looks whether the user waits still.
        counted = read = 0
        with closing(events.stream(work, current(), name="llama.cpp chat", stop=stopped)) as chunks:
            for chunk in chunks:
                if "error" in chunk:
                    raise user_error(chunk["error"])
                if progress := chunk.get("prompt_progress"):
                    if not read:  # told here: a stop string ends the stream before its timings
                        read = progress["total"]
                        count_prompt_tokens(read)
                    continue
                [choice] = chunk["choices"]
                if others is not None:
                    tell_logprobs(token_logprobs(choice, others))
                delta = choice.get("delta", {})
                for call in delta.get("tool_calls") or ():
                    written = call["function"]
                    name, arguments = written.get("name") or "", written.get("arguments") or ""
                    tell_tool_call(call["index"], name, arguments)
                    yield ""  # there is something new, though no text
                if text := choice["text"] if "text" in choice else delta.get("content"):
                    count_tokens(1)
                    counted += 1
                    yield text
                if reason := choice["finish_reason"]:
                    # A chunk may have several tokens: bytes of one character.
                    timings = chunk["timings"]
                    count_tokens(timings["predicted_n"] - counted)
                    if not read:
                        count_prompt_tokens(timings.get("cache_n", 0) + timings["prompt_n"])
                    finished(reason)

    def close(self) -> None:
        """Free the memory."""
        self._server.close()


class LlamaVisionModel(LlamaModel, ChatWithImages):
    """One with its projector."""

    def chat_with_images(self, messages: list[Message], *, max_new_tokens: int) -> TextStream:
        """Yield the answer to a conversation with images."""
        return self.chat(messages, Sampling(max_new_tokens))


class LlamaCpp(Engine):
    """GGUF files."""

    name = "llama.cpp"
    what = "a GGUF chat model"
    offers = frozenset({Chat, ChatWithImages, Generate})
    weight_patterns = ("*.gguf",)
    hub_tags = ("gguf",)
    reuses_prompts = True

    def weight_files(self, names: Sequence[str]) -> list[str]:
        """One model with all its shards, after its projector if there is one."""
        files = sorted(name for name in names if name.endswith(".gguf"))
        models, projectors = _without_projectors(files), _projectors(files)
        if not models:
            return []
        model = _preferred(models, QUANTIZATIONS)
        projector = [_preferred(projectors, PROJECTOR_QUANTIZATIONS)] if projectors else []
        return projector + (_shards_of(model, models) or [model])

    def is_whole(self, folder: Path) -> bool:
        """Whether all shards are there; the files' names tell how many there are."""
        files = self.weight_files([file.name for file in folder.iterdir()])
        shards = [shard for name in files if (shard := SHARD.fullmatch(name))]
        return not shards or len(shards) == int(shards[-1][2])

    def owns(self, folder: Path) -> bool:
        """Whether there is a GGUF file."""
        return any(folder.glob("*.gguf"))

    def memory_bytes(self, sizes: Mapping[str, int], parameters: int | None) -> int:
        """The files are mapped as they are; the key-value cache comes on top."""
        return int(KEY_VALUE_CACHE * super().memory_bytes(sizes, parameters))

    def memory_of(self, folder: Path) -> int:
        """The files, and the key-value cache of a whole context."""
        file, _ = files_of(folder)
        if not file:
            return super().memory_of(folder)
        files = [folder / name for name in self.weight_files([f.name for f in folder.iterdir()])]
        return sum(one.stat().st_size for one in files) + CONTEXT * key_value_bytes(file)

    def variant(self, folder: Path, capabilities: Sequence[Capability]) -> str:
        """There is one way to load these files.

        Raises:
            ModelError: images are asked about and the projector is missing; or another task.
        """
        if Chat not in capabilities and ChatWithImages in capabilities and not files_of(folder)[1]:
            raise ModelError(
                "This GGUF model cannot see: there is no mmproj file beside it.",
                "Pick a repository that has one.",
            )
        return super().variant(folder, capabilities)

    def load(
        self, folder: Path, variant: str, settings: Settings, base: Path | None = None
    ) -> LlamaModel:
        """Load the folder's GGUF file, with its projector if there is one.

        Raises:
            ModelError: there is no GGUF file, or llama.cpp cannot load it.
        """
        file, projector = files_of(folder)
        if not file:
            raise ModelError("There is no GGUF file in this model.", "Pick another model.")
        try:
            with library_of(self):
                if projector:
                    return LlamaVisionModel(file, settings, projector)
                return LlamaModel(file, settings)
        except RuntimeError as error:
            raise ModelError(
                f"llama.cpp cannot load {file.name}.",
                "The file is broken, or of an architecture newer than this llama.cpp.",
            ) from error


def files_of(folder: Path) -> tuple[Path | None, Path | None]:
    """The model and its projector."""
    names = sorted(file.name for file in folder.glob("*.gguf"))
    models, projectors = _without_projectors(names), _projectors(names)
    return (
        folder / models[0] if models else None,
        folder / projectors[0] if projectors else None,
    )


def _projectors(files: Sequence[str]) -> list[str]:
    return [name for name in files if "mmproj" in name.lower()]


def _without_projectors(files: Sequence[str]) -> list[str]:
    return [name for name in files if "mmproj" not in name.lower()]


def _shards_of(model: str, files: Sequence[str]) -> list[str]:
    """All shards of the model that one of them belongs to; none if it is a single file."""
    shard = SHARD.fullmatch(model)
    others = [(name, SHARD.fullmatch(name)) for name in files]
    return [n for n, other in others if shard and other and other.groups() == shard.groups()]


def _preferred(files: Sequence[str], quantizations: Sequence[str]) -> str:
    """The first quantization that a file's name holds as a word: f16 is not in BF16."""
    wishes = [re.compile(rf"(?<![a-z0-9]){wish}(?![a-z0-9_])") for wish in quantizations]
    return next((f for wish in wishes for f in files if wish.search(f.lower())), files[0])


ENGINE = LlamaCpp()
