"""llama.cpp through xllamacpp: chat with GGUF models, many callers batched on one model.

Knows messages and sampling, no tasks. A model sees images when its repository has the projector
(mmproj) beside it. Each chat runs on a thread of its own; llama.cpp decodes all running chats in
one batch, so eight users cost little more than one.
"""

import base64
import io
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import Any

from pipelines import events
from pipelines.capabilities import Capability, Chat, ChatWithImages, TextStream
from pipelines.engines.base import Engine, library_of
from pipelines.engines.context_budget import ContextBudget, estimate_tokens
from pipelines.engines.control_tokens import with_plain_text
from pipelines.engines.gguf_metadata import control_tokens
from pipelines.errors import InputError, ModelError
from pipelines.inputs import Picture
from pipelines.inputs.messages import Message, with_system
from pipelines.run import count_tokens, current
from pipelines.settings import Settings

CONTEXT = 8192  # tokens that all running chats share
# Tokens of a prompt read at once: whoever stops is heard between two batches. The starter takes
# 0.7 s for one on two AVX2 cores.
BATCH = 256
SHARD = re.compile(r"(.+)-\d{5,6}-of-(\d{5,6})\.gguf")
# Of a repository with many quantizations, the one that most people run.
QUANTIZATIONS = ("q4_k_m", "q4_0", "q5_k_m", "q8_0", "f16", "bf16")
PROJECTOR_QUANTIZATIONS = ("q8_0", "f16")
IMAGE_MARKERS = {"<__media__>", "<__image__>"}  # llama.cpp puts an image in their place
KEY_VALUE_CACHE = 1.25  # memory of a loaded model as a multiple of its file


class LlamaModel(Chat):
    """One loaded GGUF model."""

    system = ""

    def __init__(self, file: Path, settings: Settings, projector: Path | None = None) -> None:
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(file)
        if projector:
            params.mmproj.path = str(projector)
        params.n_ctx = CONTEXT
        params.n_batch = BATCH
        params.n_parallel = settings.users
        params.kv_unified = True
        params.cpuparams.n_threads = settings.threads
        params.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_ENABLED
        params.warmup = False
        params.verbosity = 0
        self.parallel = settings.users
        self._file = file
        self._budget = ContextBudget(CONTEXT)
        self._server: Any = xllamacpp.Server(params)

    def chat(
        self,
        messages: list[Message],
        *,
        max_new_tokens: int,
        temperature: float = 0.0,
        top_p: float = 1.0,
        seed: int | None = None,
    ) -> TextStream:
        """Yield the answer piece by piece; closing the stream stops llama.cpp.

        Raises:
            InputError: the conversation is longer than the model's context.
        """
        if any(mark in message["content"] for message in messages for mark in "<["):
            messages = with_plain_text(messages, self._control_tokens)
        messages = with_system(messages, self.system)
        request: dict[str, Any] = {
            "messages": [_openai_message(one) for one in messages],
            "stream": True,
            "return_progress": True,  # a word after each batch, so that reading can be stopped
            "max_tokens": max_new_tokens,
            "temperature": temperature,
            "top_p": top_p,
            # Reasoning models (Qwen3, SmolLM3) would spend all their tokens on it.
            "chat_template_kwargs": {"enable_thinking": False},
            # Of those that always reason the reasoning is shown: without it they seem to hang.
            "reasoning_format": "none",
        }
        tokens = estimate_tokens(messages, max_new_tokens)
        if seed is not None and temperature > 0:
            # The same numbers only come of the same batches: rounding depends on how many tokens
            # are computed together, now and when a reused prompt was. Eight chats at once with one
            # seed wrote six texts, and the next one alone, on their prompt, a seventh. So a seeded
            # chat computes its prompt anew and runs alone.
            request |= {"seed": seed, "cache_prompt": False}
            tokens = CONTEXT
        with self._budget.reserve(tokens):
            yield from self._stream(request)

    @cached_property
    def _control_tokens(self) -> set[str]:
        """What llama.cpp would take for a token of the template or an image's place."""
        return control_tokens(self._file) | IMAGE_MARKERS

    def _stream(self, request: dict[str, Any]) -> TextStream:
        stopped = threading.Event()

        def work(put: Callable[[dict[str, Any]], None]) -> None:
            def on_chunk(chunk: dict[str, Any]) -> bool:
                put(chunk)
                return stopped.is_set()  # true tells llama.cpp to stop

            try:
                self._server.handle_chat_completions(request, on_chunk)
            except Exception as error:
                raise ModelError("llama.cpp failed on this request.", str(error)) from error

        # While a long prompt is being read, the stream looks whether the user waits still.
        with closing(events.stream(work, current(), name="llama.cpp chat", stop=stopped)) as chunks:
            for chunk in chunks:
                if "error" in chunk:
                    raise user_error(chunk["error"])
                if chunk.get("prompt_progress"):
                    continue
                if text := chunk["choices"][0]["delta"].get("content"):
                    count_tokens(1)
                    yield text

    def close(self) -> None:
        """Free the memory."""
        self._server = None


class LlamaVisionModel(LlamaModel, ChatWithImages):
    """One with its projector."""

    def chat_with_images(self, messages: list[Message], *, max_new_tokens: int) -> TextStream:
        """Yield the answer to a conversation with images."""
        return self.chat(messages, max_new_tokens=max_new_tokens)


def _openai_message(message: Message) -> dict[str, Any]:
    """A message with its pictures as data URLs before the text."""
    parts: list[dict[str, Any]] = [
        {"type": "image_url", "image_url": {"url": _data_url(image)}}
        for image in message.get("images", ())
    ]
    text = {"type": "text", "text": message["content"]}
    return {"role": message["role"], "content": [*parts, text] if parts else message["content"]}


def _data_url(image: Picture) -> str:
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)  # decoded again at once: speed matters, not size
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def user_error(error: dict[str, Any]) -> InputError | ModelError:
    """The error to show for one that llama.cpp answered with."""
    if error.get("type") == "exceed_context_size_error":
        return InputError(
            f"The conversation has {error['n_prompt_tokens']:,} tokens; "
            f"{error['n_ctx']:,} fit the model's context.",
            "Start a new conversation or shorten the text.",
        )
    return ModelError("llama.cpp refused this request.", str(error.get("message", "")))


class LlamaCpp(Engine):
    """GGUF files."""

    name = "llama.cpp"
    what = "a GGUF chat model"
    offers = frozenset({Chat, ChatWithImages})
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

    def variant(self, folder: Path, capabilities: Sequence[Capability]) -> str:
        """There is one way to load these files.

        Raises:
            ModelError: images are asked about and the projector is missing; or another task.
        """
        if Chat not in capabilities and ChatWithImages in capabilities and not _files(folder)[1]:
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
        file, projector = _files(folder)
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


def _files(folder: Path) -> tuple[Path | None, Path | None]:
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
