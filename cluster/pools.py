"""The two pools of replicas: without GPUs, and with a GPU each for large models."""

from collections.abc import Container

from pipelines.catalogue import Entry
from pipelines.engines import engines

CPU, GPU = "cpu", "gpu"
# A smaller model answers on two cores in about the time its request travels; BENCHMARKS.md.
GPU_BYTES = 1_000_000_000


def pool_of(entry: Entry, pools: Container[str]) -> str:
    """The pool of a model, by its memory in the catalogue and its engine."""
    large = entry.memory_bytes >= GPU_BYTES
    known = engines().get(entry.engine)  # "auto" is not, before its files are here
    return GPU if GPU in pools and large and (known is None or known.uses_gpu) else CPU
