"""OpenVINO's runtime: the library with its telemetry off, one Core, and compiled models that
several runs use at once. Knows files of graphs and arrays, neither tokenizers nor pictures.

    model = compile_model(folder / "model.xml", settings)   # IR, ONNX, TFLite, TensorFlow's .pb
    (logits,) = model.run({"input_ids": ids, "attention_mask": mask})
"""

import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import ModelError
from pipelines.memory import release_mapped
from pipelines.run import CHECK_SECONDS, stop_if_cancelled, uninterruptible
from pipelines.settings import Settings

TELEMETRY = "openvino_telemetry"
Array: TypeAlias = NDArray[Any]
# Files' graphs that some loaded model uses, by file and options: the detector is a model of its own
# and a part of the photo describer.
_in_use: "WeakValueDictionary[tuple[object, ...], Any]" = WeakValueDictionary()
_compiling = threading.Lock()


@cache
def library() -> Any:
    """The module openvino, which sends nothing.

    It reports its use to Google Analytics through openvino_telemetry, on import too and in
    processes that it starts for that. Where that package cannot be imported it has a stub instead.
    """
    sys.modules[TELEMETRY] = None  # type: ignore[assignment]  # so an import raises ImportError
    import openvino

    # Its first call builds a table under a lock of C++, and gives up the GIL meanwhile: of two
    # first calls at once one waits for that lock with the GIL, and no thread ever runs again.
    openvino.Type.f32.to_dtype()
    return openvino


@cache
def core() -> Any:
    """The process's one Core: the plugins, each loaded once."""
    return library().Core()


def read_model(path: Path) -> Any:
    """The graph in a file: OpenVINO's IR, ONNX, TFLite or a frozen TensorFlow graph.

    Raises:
        ModelError: it cannot be read.
    """
    try:
        return core().read_model(path)
    except RuntimeError as error:
        raise ModelError(
            "This model's graph cannot be read.", "Delete the model and fetch it again."
        ) from error


class CompiledModel:
    """A graph compiled for the processor. Runs side by side each have an infer request.

    `weights` is the file that OpenVINO has mapped: its first pass makes copies of what it needs.
    """

    def __init__(self, compiled: Any, parallel: int, weights: Path | None = None) -> None:
        self.input_names: tuple[str, ...] = tuple(one.get_any_name() for one in compiled.inputs)
        self.precision = str(compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name())
        self.parallel = parallel
        self._compiled = compiled
        self._weights = weights
        self._idle: list[Any] = []
        self._free = threading.Semaphore(parallel)

    def run(self, inputs: Mapping[str, Array] | Array) -> tuple[Array, ...]:
        """All outputs of one pass, in the graph's order; of one input the array alone will do.

        A pass that has begun goes to its end. After `InferRequest.cancel()` later passes of the
        same request failed ("Eltwise shape infer input shapes dim index: 0 mismatch"), as 3 to 5
        in 400 of 12 shapes did: what a node remembers of its shapes is from two passes then.

        Raises:
            Cancelled: the user has stopped before the pass began.
        """
        with self._request() as request, uninterruptible():
            request.start_async(inputs, share_inputs=True)
            request.wait()
            if self._weights:
                release_mapped(self._weights)
                self._weights = None
            # A copy: the request's own memory is written again by the next run.
            return tuple(np.array(one.data) for one in request.output_tensors)

    @contextmanager
    def _request(self) -> Iterator[Any]:
        """An infer request that nobody else uses inside the block; one that failed is not kept."""
        stop_if_cancelled()
        while not self._free.acquire(timeout=CHECK_SECONDS):
            stop_if_cancelled()
        try:
            try:
                request = self._idle.pop()
            except IndexError:
                request = self._compiled.create_infer_request()
            yield request
            self._idle.append(request)
        finally:
            self._free.release()

    def close(self) -> None:
        """Free the memory."""
        self._idle.clear()
        self._compiled = None


def compile_model(model: Any, settings: Settings, *, precision: str | None = None) -> CompiledModel:
    """A graph, or the file with it, compiled for as many runs at once as there are threads.

    All threads work for each pass, so that a single one is fast. `precision` is "f32" where the
    processor's own choice (bf16 where it has instructions for that) is not exact enough.

    Raises:
        ModelError: the graph cannot be read, or the processor cannot run it.
    """
    options = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": settings.threads,
        # Pinned threads of two models would wait for the same core while another is idle.
        "ENABLE_CPU_PINNING": False,
    }
    if precision:
        options["INFERENCE_PRECISION_HINT"] = precision
    if not isinstance(model, Path):
        return CompiledModel(_compiled(model, options), settings.threads)
    written = model.stat().st_mtime_ns if model.exists() else None
    key = model.resolve(), written, *sorted(options.items())
    with _compiling:
        if (compiled := _in_use.get(key)) is None:
            compiled = _in_use[key] = _compiled(read_model(model), options)
    weights = model.with_suffix(".bin") if model.suffix == ".xml" else None
    return CompiledModel(compiled, settings.threads, weights)


def _compiled(graph: Any, options: Mapping[str, object]) -> Any:
    try:
        return core().compile_model(graph, "CPU", options)
    except RuntimeError as error:
        raise ModelError(
            "This model's graph cannot be compiled for this processor.",
            "Pick another model; the log has the details.",
        ) from error
