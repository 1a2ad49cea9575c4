"""The format: a folder with one model or several of the Firefox Translations family.

model.enpt.intgemm.alphas.bin  vocab.enpt.spm               one vocabulary for both languages
model.enzh.intgemm.alphas.bin  srcvocab.enzh.spm  trgvocab.enzh.spm         one for each
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from pipelines.capabilities import Translate
from pipelines.engines.base import Engine, Languages, library_of
from pipelines.engines.marian.model import Files, MarianModel
from pipelines.errors import ModelError
from pipelines.settings import Settings

WEIGHTS = re.compile(r"model\.([a-z]{2})([a-z]{2})\.[\w.-]*bin")
DEQUANTIZED = 4  # float32 of int8
VOCABULARY_BYTES = 15_000_000  # measured, of 32,000 words


class Marian(Engine):
    """Models in Marian's binary format, run in numpy."""

    name = "marian"
    what = "a translation model of the Firefox Translations family"
    offers = frozenset({Translate})
    weight_patterns = ("model.*.bin",)

    def weight_files(self, names: Sequence[str]) -> list[str]:
        """The weights of every direction whose vocabulary is there, too."""
        return [files.weights.name for files in directions(map(Path, names)).values()]

    def small_files(self, names: Sequence[str]) -> list[str]:
        """The vocabularies."""
        found = directions(map(Path, names)).values()
        both = [(one.source_vocabulary.name, one.target_vocabulary.name) for one in found]
        return list(dict.fromkeys(name for pair in both for name in pair))

    def is_weights(self, name: str) -> bool:
        """Whether a file is named as Mozilla names weights."""
        return WEIGHTS.fullmatch(name) is not None

    def owns(self, folder: Path) -> bool:
        """Whether there is a model with its vocabulary."""
        return folder.is_dir() and bool(directions(folder.iterdir()))

    def memory_bytes(self, sizes: Mapping[str, int], parameters: int | None) -> int:
        """Every direction in float32."""
        weights = [size for name, size in sizes.items() if self.is_weights(name)]
        return sum(DEQUANTIZED * size + VOCABULARY_BYTES for size in weights)

    def languages(self, folder: Path) -> Languages:
        """The languages in the files' names."""
        pairs = directions(folder.iterdir())
        return Languages({source: "" for source, _ in pairs}, {target: "" for _, target in pairs})

    def load(
        self, folder: Path, variant: str, settings: Settings, base: Path | None = None
    ) -> MarianModel:
        """Open the folder; a direction is read when it is first used.

        Raises:
            ModelError: there is no model in it.
        """
        found = directions(folder.iterdir())
        if not found:
            raise ModelError("There is no Marian model with its vocabulary here.", "Pick another.")
        with library_of(self):
            _one_thread()
        return MarianModel(found)


def directions(files: Iterable[Path]) -> dict[tuple[str, str], Files]:
    """The files of each direction, by its languages."""
    by_name = {file.name: file for file in files}
    found: dict[tuple[str, str], Files] = {}
    for file_name in sorted(by_name):
        if not (match := WEIGHTS.fullmatch(file_name)):
            continue
        pair = "".join(match.groups())
        shared = by_name.get(f"vocab.{pair}.spm")
        source = by_name.get(f"srcvocab.{pair}.spm", shared)
        target = by_name.get(f"trgvocab.{pair}.spm", shared)
        if source and target:
            found.setdefault((match[1], match[2]), Files(by_name[file_name], source, target))
    return found


@cache
def _one_thread() -> None:
    """Leave numpy's matrix products to one thread, in the whole process.

    The second one gains little on matrices this small, and costs all when others want the core:
    OpenBLAS' threads spin while they wait. Eight sentences took 0.5 s with one thread and 12 s with
    two on a machine of two cores that was busy otherwise.
    """
    from threadpoolctl import ThreadpoolController

    ThreadpoolController().select(internal_api="openblas").limit(limits=1)


ENGINE = Marian()
