"""What bringing a model of the Hub would take: which of its files, how large, under which licence.

Knows names and sizes of files, asks the Hub nothing: `hub.plan` does. Weights come in one format
only, the small files beside them before them, so that a folder with its weights is whole.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import ModelError

BESIDE = (".json", ".txt", ".model", ".jinja", ".spm", "bpe.codes")
PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".h5", ".msgpack")
SHARD = re.compile(r"model(\.safetensors)?-\d{5,6}-of-\d{5,6}\.safetensors")
GGUF_SHARD = re.compile(r"(.+)-\d{5,6}-of-(\d{5,6})\.gguf")
# What turns input into numbers: a tokenizer, its vocabulary, or a processor of pictures or sound.
READER = re.compile(
    r"tokenizer\.json|tokenizer_config\.json|vocab\..+|.+\.model|.+\.spm"
    r"|preprocessor_config\.json|processor_config\.json"
)
# What sentence-transformers puts after an encoder: a pooling, dense layers with their weights.
SENTENCE = re.compile(r"\d+_\w+/(config\.json|model\.safetensors)")
# Of a repository with many, the one that most people run.
QUANTIZED = ("q4_k_m", "q4_0", "q5_k_m", "q8_0", "f16", "bf16")
# A model that cannot work without a repository of its own: SpeechT5 speaks through a vocoder.
# Pinned to a pull request's commit: its main branch has pickled weights only.
COMPANIONS = {
    "speecht5": (("microsoft/speecht5_hifigan", "6f01b211b404df2e0a0a20ca79628a757bb35854"),)
}


@dataclass(frozen=True)
class Wanted:
    """One file to bring; `digest` is its sha256, or git's sha1 for the small ones."""

    path: str
    size: int
    digest: str


@dataclass(frozen=True)
class Plan:
    """All that is fetched for one model, the small files first. Sizes in bytes."""

    repo: str
    commit: str
    files: tuple[Wanted, ...]
    licence: str = ""
    parameters: int | None = None
    gated: bool = False
    private: bool = False
    pull_request: int | None = None  # the Hub's own conversion, where main has only pickles
    companions: tuple["Plan", ...] = ()

    @property
    def size_bytes(self) -> int:
        """How much is to be downloaded at most."""
        return sum(one.size for one in self.files) + sum(one.size_bytes for one in self.companions)

    @property
    def memory_bytes(self) -> int:
        """How much the loaded model will take, estimated."""
        own = memory({one.path: one.size for one in self.files}, self.parameters)
        return own + sum(one.memory_bytes for one in self.companions)


def is_weights(path: str) -> bool:
    """Whether a file holds weights that an engine reads."""
    return path.endswith((".safetensors", ".gguf", ".onnx")) or path == "model.bin"


def needed(names: Iterable[str]) -> list[str]:
    """Of a repository's files those to bring: what stands beside the weights, then the weights.

    Of many speakers' voices the first. Nothing of a repository without weights that may be loaded.
    """
    names = list(names)
    top = [name for name in names if "/" not in name]
    pooling = sorted(name for name in names if SENTENCE.fullmatch(name))
    voices = sorted(n for n in names if n.startswith("speaker_embeddings/") and n.endswith(".npy"))
    weights = _safetensors(top) or _gguf(top) or _ctranslate2(top) or _voice(top)
    if not weights:
        return []
    return [name for name in top if name.endswith(BESIDE)] + pooling + voices[:1] + weights


def _safetensors(top: list[str]) -> list[str]:
    if "model.safetensors" in top:
        return ["model.safetensors"]
    shards = [name for name in top if SHARD.fullmatch(name)]
    if shards and "model.safetensors.index.json" in top:
        return sorted(shards)
    return []


def _gguf(top: list[str]) -> list[str]:
    """One model with all its parts, after its multimodal projector (mmproj) if there is one."""
    files = sorted(name for name in top if name.endswith(".gguf"))
    projectors = [name for name in files if "mmproj" in name.lower()]
    models = [name for name in files if name not in projectors]
    if not models:
        return []
    chosen = _preferred(models)
    projector = [_preferred(projectors, ("q8_0", "f16"))] if projectors else []
    return projector + (_parts(chosen, models) or [chosen])


def _parts(chosen: str, files: list[str]) -> list[str]:
    """All parts of the model of which this is one; none if it is whole by itself."""
    part = GGUF_SHARD.fullmatch(chosen)
    others = [(name, GGUF_SHARD.fullmatch(name)) for name in files]
    return [n for n, other in others if part and other and other.groups() == part.groups()]


def _preferred(files: list[str], order: tuple[str, ...] = QUANTIZED) -> str:
    """The first wish that a file's name holds as a word: f16 is not in BF16."""
    wishes = [re.compile(rf"(?<![a-z0-9]){wish}(?![a-z0-9_])") for wish in order]
    return next((f for wish in wishes for f in files if wish.search(f.lower())), files[0])


def _ctranslate2(top: list[str]) -> list[str]:
    there = "model.bin" in top and any(name.startswith("vocabulary.") for name in top)
    return ["model.bin"] if there else []


def _voice(top: list[str]) -> list[str]:
    voices = [n for n in top if n.endswith(".onnx") and f"{n}.json" in top]
    return voices[:1]


def refusal(repo: str, names: Iterable[str]) -> ModelError:
    """Why nothing of a repository can be brought."""
    files = list(names)
    if "adapter_config.json" in files:
        return ModelError(
            f"{repo} holds only adapters for another model.",
            "Pick a copy in which they are merged, or the model they were made for.",
        )
    if any(name.endswith(PICKLED) for name in files):
        return ModelError(
            f"{repo} has only pickled weights, which can run code when they are opened.",
            "They are never loaded here; look for a copy with safetensors or GGUF weights.",
        )
    return ModelError(
        f"{repo} has no weights that can be loaded here.",
        "Pick a model with safetensors, GGUF or CTranslate2 weights, or a Piper voice.",
    )


def memory(sizes: Mapping[str, int], parameters: int | None) -> int:
    """Bytes that the loaded weights take: torch computes in float32, llama.cpp needs a cache."""
    weights = {name: size for name, size in sizes.items() if is_weights(name)}
    if any(name.endswith(".safetensors") for name in weights):
        return 4 * parameters if parameters else sum(weights.values())
    share = 1.25 if any(name.endswith(".gguf") for name in weights) else 1.0
    return int(share * sum(weights.values()))


def memory_of(folder: Path) -> int:
    """The same of a folder that is here."""
    sizes = {file.name: file.stat().st_size for file in folder.iterdir() if file.is_file()}
    counts = [_parameters(folder / name) for name in sizes if name.endswith(".safetensors")]
    known = [count for count in counts if count]
    return memory(sizes, sum(known) if len(known) == len(counts) else None) or sum(sizes.values())


def _parameters(file: Path) -> int | None:
    """Numbers in a safetensors file, by its header."""
    try:
        with file.open("rb") as opened:
            header = json.loads(opened.read(int.from_bytes(opened.read(8), "little")))
        tensors = [value for name, value in header.items() if name != "__metadata__"]
        return sum(int(math.prod(tensor["shape"])) for tensor in tensors)
    except (OSError, ValueError, KeyError, TypeError, OverflowError, MemoryError):
        return None


def whole(folder: Path) -> bool:
    """Whether a folder has all that an engine needs: weights are the last files that come."""
    names = [file.name for file in folder.iterdir()]
    wanted = needed(names)
    if not wanted:
        return False
    if part := GGUF_SHARD.fullmatch(wanted[-1]):
        return sum(1 for name in wanted if GGUF_SHARD.fullmatch(name)) == int(part[2])
    if wanted[-1].endswith(".safetensors"):
        return _readable(folder, names) and _all_shards(folder, names)
    return True


def _readable(folder: Path, names: list[str]) -> bool:
    """Whether what turns input into numbers is there: other programs fetch the weights alone."""
    if any(READER.fullmatch(name) for name in names):
        return "config.json" in names
    try:  # a vocoder and timm's models have none
        config = json.loads((folder / "config.json").read_text("utf-8"))
        return config.get("model_type") == "hifigan" or "pretrained_cfg" in config
    except (OSError, ValueError, AttributeError):
        return False


def _all_shards(folder: Path, names: list[str]) -> bool:
    index = folder / "model.safetensors.index.json"
    if "model.safetensors" in names or not index.is_file():
        return True
    try:
        shards = set(json.loads(index.read_text("utf-8"))["weight_map"].values())
    except (OSError, ValueError, KeyError):
        return False
    return shards <= set(names)


Check = Callable[[Path], object]
