"""The base of all models that were converted to OpenVINO, and what is known of one on disk.

A converted model is a folder: the graph (model.xml, model.bin), about.json with all that its inputs
and outputs need, and what else its class reads (tokenizer.json, filters). `conversion` makes it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.engines.openvino.runtime import CompiledModel, compile_model
from pipelines.parse_json import parse_json
from pipelines.settings import Settings

ABOUT, GRAPH, WEIGHTS = "about.json", "model.xml", "model.bin"


@dataclass(frozen=True)
class Converted:
    """A converted model on disk: its folder, and what about.json says."""

    folder: Path
    about: dict[str, Any]

    @classmethod
    def read(cls, folder: Path) -> "Converted":
        """What lies in a folder.

        Raises:
            OSError, ValueError: it cannot be read.
        """
        return cls(folder, parse_json((folder / ABOUT).read_text("utf-8")))

    def compiled(self, settings: Settings) -> CompiledModel:
        """The graph, in the precision that was found exact enough."""
        precision = self.about.get("precision")
        return compile_model(self.folder / GRAPH, settings, precision=precision)


class ConvertedModel:
    """One loaded model."""

    system = ""

    def __init__(self, converted: Converted, settings: Settings) -> None:
        self.about = converted.about
        self.compiled = converted.compiled(settings)
        self.parallel = self.compiled.parallel

    def close(self) -> None:
        """Free the memory."""
        self.compiled.close()
