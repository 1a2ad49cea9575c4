"""What engines share that serve folders in transformers' format by a converted copy."""

import logging
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from pipelines.engines.base import Model, another_task, library_of
from pipelines.engines.conversion import Converter, Unconverted, converted
from pipelines.engines.transformers.engine import Transformers, config_of
from pipelines.errors import ModelError
from pipelines.settings import Settings

log = logging.getLogger("playground")


class ConvertingEngine(Transformers):
    """Folders in transformers' format, converted once; what cannot be is left to transformers."""

    fallback = False
    uses_gpu = False  # converted models run on the processor
    converter: ClassVar[Converter]

    def weight_files(self, names: Sequence[str]) -> list[str]:
        """None of its own: they are transformers' files."""
        return []

    def form(self, folder: Path, variant: str, settings: Settings) -> str:
        """What the converting program is told of how to convert."""
        return variant

    @abstractmethod
    def load_converted(self, found: Path, folder: Path, form: str, settings: Settings) -> Model:
        """Load the copy `found` of the folder."""

    def load(self, folder: Path, variant: str, settings: Settings, base: Path | None = None) -> Any:
        """Load the converted model, converting it first if need be; else transformers' own.

        Raises:
            ModelError: the files cannot be loaded.
        """
        with library_of(self):
            form = self.form(folder, variant, settings)
            try:
                found = converted(self.converter, folder, form, settings, base)
            except Unconverted as reason:
                log.warning("%s is served by transformers: %s", folder, reason)
                return super().load(folder, variant, settings, base)
            return self.load_converted(found, folder, form, settings)


def made_for_another_task(folder: Path, otherwise: object) -> ModelError:
    """The error that names the model by its architectures, or as given where it tells none."""
    named = config_of(folder).get("architectures") or [otherwise]
    return another_task(f"This model is a {', '.join(str(one) for one in named)}")
