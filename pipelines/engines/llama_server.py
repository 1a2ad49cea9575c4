"""llama.cpp's server on one model, with a context that grows when its chats need more of it.

llama.cpp takes the memory of a whole context when it loads: 189 MB for the 8,192 tokens of the
starter, of which a conversation of a few turns needs a quarter. So a model begins with that, and is
loaded anew with the whole context when a chat does not fit. That happens once for a loaded model,
and costs the load (0.4 s for the starter on two quiet cores) and the kept prompts.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipelines.engines.context_budget import ContextBudget
from pipelines.errors import ModelError
from pipelines.memory import trim
from pipelines.settings import Settings

# Tokens of a prompt read at once: whoever stops is heard between two batches. The starter takes
# 0.7 s for one on two AVX2 cores.
BATCH = 256
# llama.cpp keeps up to 32 states of models whose layers look back a short way (Gemma), for each
# chat, to go on from; one is what the next turn of a conversation takes.
CHECKPOINTS = 1


class GrowingServer:
    """A server and its context, which chats share. `load` starts one with so many tokens."""

    def __init__(self, load: Callable[[int], Any], sizes: Sequence[int]) -> None:
        self._load, (first, *self._larger) = load, sizes
        self._budget = ContextBudget(first)
        self._loading = threading.Lock()
        self._server: Any = load(first)

    @contextmanager
    def reserve(self, tokens: int, alone: bool = False) -> Iterator[Any]:
        """The server with room for so many tokens, for the block. `alone`: no other chat runs.

        Raises:
            Cancelled: the user stopped while this chat waited.
            ModelError: it could not grow, and then not be loaded as it was either.
        """
        while self._larger and not self._budget.has_free(tokens):
            self._grow(self._larger[0])
        with self._budget.reserve(tokens, alone):
            yield self._loaded()

    def _grow(self, size: int) -> None:
        """Load the model with this size, when no chat runs and unless another has."""
        with self._budget.reserve(size, alone=True):
            if size not in self._larger:
                return
            self._server = None  # frees what it holds, before the next one takes its own
            trim()
            try:
                self._server = self._load(size)
                self._budget.enlarge(size)
                self._larger.remove(size)
            except RuntimeError:
                logging.getLogger(__name__).exception("no context of %d tokens", size)
                self._larger.clear()

    def _loaded(self) -> Any:
        """The server. Where it could not grow it is loaded as it was, now or by the next chat."""
        with self._loading:
            if self._server is None:
                try:
                    self._server = self._load(self._budget.tokens)
                except RuntimeError as error:
                    raise ModelError("llama.cpp failed on this request.", str(error)) from error
            return self._server

    def close(self) -> None:
        """Free the memory."""
        self._server = None


def start(file: Path, projector: Path | None, settings: Settings, context: int) -> Any:
    """llama.cpp's server with the model loaded.

    Raises:
        RuntimeError: llama.cpp cannot load it.
    """
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(file)
    if projector:
        params.mmproj.path = str(projector)
    params.n_ctx = context
    params.n_batch = BATCH
    params.n_parallel = settings.users
    params.kv_unified = True
    # Prompts stay in the context itself. llama.cpp would also copy those it leaves into a
    # cache of up to 8 GB: each different chat of 700 tokens took 15 MB more, never to return.
    params.cache_ram_mib = 0
    params.n_ctx_checkpoints = CHECKPOINTS
    params.cpuparams.n_threads = settings.threads
    params.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_ENABLED
    params.warmup = False
    params.verbosity = 0
    return xllamacpp.Server(params)
