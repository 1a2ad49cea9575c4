"""llama.cpp through xllamacpp: chat with GGUF models, many callers batched on one model.

Knows messages and sampling, no tasks. A model sees pictures when its repository has the projector
(mmproj) beside it. Each chat runs on a thread of its own; llama.cpp decodes
all running chats together, so eight users cost little more than one.
"""

import base64
import io
import queue
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import xllamacpp

from pipelines.engines import only_for
from pipelines.engines.context_budget import ContextBudget, estimate_tokens
from pipelines.errors import InputError, ModelError
from pipelines.inputs import Picture
from pipelines.inputs.messages import Message, with_system
from pipelines.settings import Settings
from pipelines.trace import CHECK_SECONDS, count_tokens, stop_if_cancelled

CONTEXT = 8192  # tokens that all running chats share


class LlamaModel:
    """One loaded GGUF model."""

    can_chat = True
    system = ""

    def __init__(self, file: Path, settings: Settings, projector: Path | None = None) -> None:
        params = xllamacpp.CommonParams()
        params.model.path = str(file)
        if projector:
            params.mmproj.path = str(projector)
        self.chats_about_pictures = projector is not None
        params.n_ctx = CONTEXT
        params.n_parallel = settings.users
        params.kv_unified = True
        params.cpuparams.n_threads = settings.threads
        params.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_ENABLED
        params.warmup = False
        params.verbosity = 0
        self.parallel = settings.users
        self._budget = ContextBudget(CONTEXT)
        self._server: Any = xllamacpp.Server(params)

    def chat(
        self,
        messages: list[Message],
        *,
        max_new_tokens: int,
        temperature: float,
        top_p: float,
        seed: int | None = None,
    ) -> Iterator[str]:
        """Yield the answer piece by piece; closing the iterator stops the work.

        Raises:
            InputError: the conversation is longer than the model's context.
        """
        messages = with_system(messages, self.system)
        request: dict[str, Any] = {
            "messages": [_as_openai_has_it(one) for one in messages],
            "stream": True,
            "max_tokens": max_new_tokens,
            "temperature": temperature,
            "top_p": top_p,
            # Models that think aloud (Qwen3, SmolLM3) would spend all their tokens on it.
            "chat_template_kwargs": {"enable_thinking": False},
            # Those that always do are heard thinking, instead of seeming to do nothing.
            "reasoning_format": "none",
        }
        if seed is not None:
            request["seed"] = seed
        with self._budget.reserve(estimate_tokens(messages, max_new_tokens)):
            yield from self._said(request)

    def _said(self, request: dict[str, Any]) -> Iterator[str]:
        pieces: queue.SimpleQueue[dict[str, Any] | Exception | None] = queue.SimpleQueue()
        stopped = threading.Event()

        def heard(chunk: dict[str, Any]) -> bool:
            pieces.put(chunk)
            return stopped.is_set()  # true tells llama.cpp to stop

        def work() -> None:
            try:
                self._server.handle_chat_completions(request, heard)
            except Exception as error:
                pieces.put(error)
            finally:
                pieces.put(None)

        worker = threading.Thread(target=work, name="llama.cpp chat", daemon=True)
        worker.start()
        try:
            while True:
                try:
                    chunk = pieces.get(timeout=CHECK_SECONDS)
                except queue.Empty:  # a long prompt is being read
                    stop_if_cancelled()
                    continue
                if chunk is None:
                    return
                if isinstance(chunk, Exception):
                    raise ModelError("llama.cpp failed on this request.", str(chunk)) from chunk
                if "error" in chunk:
                    raise user_error(chunk["error"])
                if text := chunk["choices"][0]["delta"].get("content"):
                    count_tokens(1)
                    yield text
        finally:
            stopped.set()
            worker.join()

    def close(self) -> None:
        """Give the memory back."""
        self._server = None


def _as_openai_has_it(message: Message) -> dict[str, Any]:
    """A message with its pictures as data URLs before the text."""
    parts: list[dict[str, Any]] = [
        {"type": "image_url", "image_url": {"url": _data_url(image)}}
        for image in message.get("images", ())
    ]
    text = {"type": "text", "text": message["content"]}
    return {"role": message["role"], "content": [*parts, text] if parts else message["content"]}


def _data_url(image: Picture) -> str:
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)  # read again at once: small matters less than soon
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


def variant(folder: Path, heads: Sequence[str]) -> str:
    """There is but one way to load these files.

    Raises:
        ModelError: pictures are asked about, and the projector is missing; or another task.
    """
    only_for(heads, {"AutoModelForCausalLM", "AutoModelForImageTextToText"}, "a GGUF chat model")
    if "AutoModelForCausalLM" not in heads and not _files(folder)[1]:
        raise ModelError(
            "This GGUF model cannot see: there is no mmproj file beside it.",
            "Pick a repository that has one.",
        )
    return ""


def load(folder: Path, variant: str, settings: Settings) -> LlamaModel:
    """Load the folder's GGUF file, and its projector for pictures if there is one.

    Raises:
        ModelError: there is no GGUF file, or llama.cpp cannot load it.
    """
    file, projector = _files(folder)
    if not file:
        raise ModelError("There is no GGUF file in this model.", "Pick another model.")
    try:
        return LlamaModel(file, settings, projector)
    except RuntimeError as error:
        raise ModelError(
            f"llama.cpp cannot load {file.name}.",
            "The file is broken, or of an architecture newer than this llama.cpp.",
        ) from error


def _files(folder: Path) -> tuple[Path | None, Path | None]:
    """The model and its projector."""
    files = sorted(folder.glob("*.gguf"))
    projectors = [file for file in files if "mmproj" in file.name.lower()]
    models = [file for file in files if file not in projectors]
    return next(iter(models), None), next(iter(projectors), None)
