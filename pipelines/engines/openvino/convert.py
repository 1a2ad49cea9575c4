"""The program that converts one model: reads a folder as transformers does, writes a folder for
OpenVINO, and compares what both answer to the same probes.

A process of its own, so that torch's memory never stays in the server and a conversion can be
killed. `pipelines.engines.conversion` starts it and hears how it goes.
"""

import json
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from pipelines.engines.conversion import Refused, run_child
from pipelines.engines.openvino.describe import DESCRIBE
from pipelines.engines.openvino.heads import BY_NAME, Head
from pipelines.engines.openvino.model import ABOUT, GRAPH, Converted
from pipelines.engines.openvino.probes import PROBES, TOLERANCE, Answers, gap
from pipelines.engines.openvino.runtime import library
from pipelines.settings import Settings

Pass: TypeAlias = tuple[dict[str, Any], tuple[Any, ...]]  # inputs by name, outputs
# Half of the bytes and the processor's own precision first, then the exact form.
FORMS: tuple[tuple[bool, str | None], ...] = ((True, None), (True, "f32"), (False, "f32"))


def convert(
    folder: Path, auto_class: str, target: Path, base: Path | None, settings: Settings, tell: Any
) -> None:
    """Write the converted model into `target`.

    Raises:
        Refused: it cannot be converted, or the converted model answers otherwise.
    """
    head = BY_NAME[auto_class]
    tell("reading it with torch")
    reference = _reference(folder, auto_class, base, settings)
    with _recorded(reference, head) as passes:
        expected = PROBES[auto_class](reference)
    calls = [inputs for inputs, _ in passes]
    about = DESCRIBE[auto_class](reference, list(calls[0]), target)
    tell("tracing the graph")
    graph = _graph(reference.model, head, calls)
    differences = []
    for compressed, precision in FORMS:
        if head.exact and precision != "f32":
            continue
        tell("comparing its answers")
        library().save_model(graph, target / GRAPH, compress_to_fp16=compressed)
        written = about | {"precision": precision}
        (target / ABOUT).write_text(json.dumps(written), "utf-8")
        model = head.model_class()(Converted(target, written), settings)
        try:
            difference = _difference(head, model, passes, expected)
        finally:
            model.close()
        if difference <= TOLERANCE:
            return
        differences.append(difference)
    raise Refused(f"its answers differ from torch's by {min(differences):.2g}")


def _reference(folder: Path, auto_class: str, base: Path | None, settings: Settings) -> Any:
    from pipelines.engines.transformers.engine import import_transformers

    import_transformers()
    from pipelines.engines.transformers.loading import load

    return load(folder, auto_class, settings, base)


@contextmanager
def _recorded(reference: Any, head: Head) -> Iterator[list[Pass]]:
    """Each pass through the model inside the block."""
    import torch

    passes: list[Pass] = []
    forward = reference.forward

    def recording(**inputs: Any) -> Any:
        found = forward(**inputs)
        tensors = {n: v for n, v in inputs.items() if isinstance(v, torch.Tensor)}
        passes.append((tensors, tuple(found[name].numpy() for name in head.outputs)))
        return found

    reference.forward = recording
    yield passes
    reference.forward = forward


def _graph(model: Any, head: Head, calls: list[dict[str, Any]]) -> Any:
    """The model's graph; a dimension that differs between the calls stays open."""
    import torch

    names = list(calls[0])
    if any(list(call) != names for call in calls):
        raise Refused("its inputs are not always the same ones")

    class Traced(torch.nn.Module):
        """The model with plain tensors as arguments and results."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: Any) -> Any:
            found = self.model(**dict(zip(names, tensors, strict=True)), return_dict=True)
            return tuple(found[name] for name in head.outputs)

    model.config.use_cache = False  # BART's decoder would grow a cache, for one pass
    for module in model.modules():
        # EfficientNet pools a whole map with a kernel larger than it, which openvino refuses.
        for name, part in module.named_children():
            if isinstance(part, torch.nn.AvgPool2d) and part.ceil_mode:
                setattr(module, name, torch.nn.AdaptiveAvgPool2d(1))
    example = max(calls, key=lambda call: len(call[names[0]]))
    try:
        with torch.no_grad(), warnings.catch_warnings(action="ignore"):
            # That a branch was taken for ever: the answers to the probes show whether it matters.
            traced = torch.jit.trace(
                Traced().eval(), tuple(example.values()), strict=False, check_trace=False
            )
        graph = library().convert_model(traced, example_input=tuple(example.values()))
        for one, name in zip(graph.inputs, names, strict=True):
            one.get_tensor().set_names({name})
        graph.reshape({name: _shape([call[name] for call in calls]) for name in names})
    except Exception as error:  # whatever torch or openvino meets in a graph
        raise Refused(f"{type(error).__name__}: {str(error).strip().splitlines()[0]}") from error
    return graph


def _shape(tensors: list[Any]) -> list[int]:
    """The common shape, with -1 where they differ."""
    return [
        sizes[0] if len(set(sizes)) == 1 else -1
        for sizes in zip(*(tuple(tensor.shape) for tensor in tensors), strict=True)
    ]


def _difference(head: Head, model: Any, passes: list[Pass], expected: Answers) -> float:
    """How far the converted model's inputs, outputs and answers are from torch's."""
    taken: list[Pass] = []
    run = model.compiled.run

    def recording(inputs: Any) -> Any:
        found = run(inputs)
        taken.append((inputs, found))
        return found

    model.compiled.run = recording
    found = PROBES[head.auto_class](model)
    if len(found) != len(expected) or len(taken) != len(passes):
        return float("inf")
    pairs = list(zip(expected, found, strict=True))
    for (inputs, outputs), (own_inputs, own_outputs) in zip(passes, taken, strict=True):
        pairs += [(inputs[name].numpy(), own_inputs[name]) for name in own_inputs]
        pairs += zip(outputs, own_outputs, strict=True)
    return max(gap(np.asarray(one), np.asarray(other)) for one, other in pairs)


if __name__ == "__main__":
    sys.exit(run_child(convert, sys.argv[1:]))
