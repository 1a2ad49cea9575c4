"""Each adapter against transformers' own pipeline, both on one loaded model; and what a load takes.

Ten of the twelve tasks that still have a pipeline: nine use the test's tiny models and its way of
asking, the tenth, text-to-speech, a tiny voice. On models so small nearly all the time is what lies
around the model, so a real model's ratio is nearer to 1. Only text-generation's is grown to
DistilGPT-2's size: its adapter streams, which the pipeline does not, and handing tokens on takes a
twentieth of the tiny model's time. A load's memory is the peak of a process of its own beyond its
imports, until every weight was used once, for a BERT of 67 million random numbers; saved in
bfloat16, it is held against its size in float32, as it is loaded.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.pairs import compared, milliseconds
from benchmarks.report import Row

SECONDS = 12  # a task
# One family a task, the commonest that transformers' pipeline can open here.
MODELS = {
    "text-generation": "gpt2",
    "text-classification": "bert-sequence-classification",
    "zero-shot-classification": "bert-nli",
    "feature-extraction": "bert-encoder",
    "image-classification": "vit",
    "object-detection": "yolos",
    "automatic-speech-recognition": "wav2vec2-ctc",
    "audio-classification": "wav2vec2-sequence-classification",
    "text-to-speech": "vits",
    "image-text-to-text": "llava",
}
SIZES = {"gpt2": {"n_layer": 6, "n_embd": 768, "n_head": 12}}
BERT = {
    "hidden_size": 768,
    "num_hidden_layers": 6,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "vocab_size": 30_522,
}
PEAK = """
import sys, threading, psutil
from pathlib import Path
from pipelines.engines import engine
from pipelines.settings import Settings
folder, name = Path(sys.argv[1]), sys.argv[2]
if name == "transformers":
    import torch, transformers
    torch.ones(2) @ torch.ones(2)
    transformers.BertModel
else:
    import numpy, openvino, tokenizers
    openvino.Core().available_devices
    from pipelines.engines.openvino import embedding
me = psutil.Process()
before, peak, ended = me.memory_info().rss, 0, False
def watch():
    global peak
    while not ended:
        peak = max(peak, me.memory_info().rss)
thread = threading.Thread(target=watch)
thread.start()
model = engine(name).load(folder, "AutoModel", Settings(cache=folder.parent / "cache"))
if name == "transformers":
    with torch.inference_mode():
        model.model(input_ids=torch.ones(1, 8, dtype=torch.long))
        for weight in model.model.parameters():
            weight.sum()  # eight tokens touch few rows of the embeddings
else:
    assert getattr(model, "engine", name) == name, "it was not converted"
    model.embed(["the lion sleeps under an old tree"], pooling="mean", normalize=True)
ended = True
thread.join()
print(peak - before)
"""


def run() -> list[Row]:
    """The ratio of each task, and of a load's memory."""
    with tempfile.TemporaryDirectory() as folder:
        return [*_adapters(Path(folder)), _second_call(Path(folder)), *_loads(Path(folder))]


def _adapters(folder: Path) -> list[Row]:
    from tests.tiny_playground import tiny_playground

    playground = tiny_playground(folder / "tiny")
    for name, size in SIZES.items():
        model_folder = playground.store.local(playground.catalogue[name])
        assert model_folder
        _grow(model_folder, size)
    rows = []
    for task, name in MODELS.items():
        ours, theirs = _pair(playground, task, name)
        for _ in range(3):
            _milliseconds(ours), _milliseconds(theirs)
        pairs, began = [], time.perf_counter()
        while time.perf_counter() - began < SECONDS:
            pairs.append((_milliseconds(ours), _milliseconds(theirs)))
        name = f"{task}, adapter (ms)"
        rows.append(compared(name, pairs, "transformers' pipeline", "≤ 1.05", ".1f"))
    playground.cache.close()
    return rows


def _grow(folder: Path, size: dict[str, int]) -> None:
    """Put random weights of this size in the place of the tiny ones."""
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.from_pretrained(folder, **size)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)


def _pair(playground: Any, task: str, name: str) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """The same question asked of the adapter and of the pipeline."""
    import torch

    from pipelines.engines import engine
    from pipelines.registry import task as find_task
    from tests.test_same_answer import COMPARED, GIVEN, pipeline_of

    known = find_task(task)
    ask, options, _ = COMPARED.get(task, (lambda pipe: pipe(GIVEN["text"]), {}, None))
    folder = playground.store.local(playground.catalogue[name])
    chosen = engine("transformers")
    model = chosen.load(folder, chosen.variant(folder, known.capabilities), playground.settings)
    inputs = {p.name: GIVEN[p.name] for p in known.inputs}
    arguments = known.read(inputs, options, playground.settings)
    pipe = pipeline_of(task, folder)

    def ours() -> Any:
        answer = known.run(model, **arguments)
        return list(answer) if known.streams else answer

    def theirs() -> Any:
        with torch.inference_mode():
            return ask(pipe)

    return ours, theirs


def _milliseconds(do: Callable[[], Any]) -> float:
    """How long it takes on a thread of its own, which ends with it, as the playground's runs do.

    With the same chance each time: a voice's draws decide how long it speaks.
    """
    import torch

    def timed() -> float:
        torch.manual_seed(0)
        return milliseconds(do)

    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(timed).result()


def _second_call(folder: Path) -> Row:
    """How many loads two calls of one model take."""
    from tests.tiny_playground import tiny_playground

    playground = tiny_playground(folder / "second")
    name = MODELS["text-classification"]
    facts = [playground.run("text-classification", {"text": "hello"}, name).facts for _ in range(2)]
    playground.cache.close()
    loads = sum(bool(one and one.load_seconds) for one in facts)
    return Row("two calls of one model, loads", f"{loads}", "one load: 1", loads, "≤ 1")


def _loads(folder: Path) -> list[Row]:
    """The peak of loading one BERT: saved in float32, in bfloat16, and converted for OpenVINO."""
    from transformers import AutoConfig, BertModel

    from tests.tiny import build

    build("bert-encoder", folder / "float32")
    config = AutoConfig.from_pretrained(folder / "float32", **BERT)
    bert = BertModel(config)
    weights = 4 * bert.num_parameters() / 1e6
    bert.save_pretrained(folder / "float32")
    bert.bfloat16().save_pretrained(folder / "bfloat16")
    _peak(folder / "float32", "openvino")  # converts it
    rows = []
    for saved, engine in (
        ("float32", "transformers"),
        ("bfloat16", "transformers"),
        ("float32", "openvino"),
    ):
        peak = statistics.median(_peak(folder / saved, engine) for _ in range(3))
        name = f"peak memory of a load beyond imports, saved in {saved}, {engine} (MB)"
        against = f"weights: {weights:.0f}"
        rows.append(Row(name, f"{peak:.0f}", against, peak / weights, "≤ 1.2"))
    return rows


def _peak(folder: Path, engine: str) -> float:
    """Megabytes that a process takes at most beyond its imports."""
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(folder), engine],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout.split()[-1]) / 1e6
