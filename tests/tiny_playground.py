"""A playground whose catalogue is the tiny models, each made when it is first asked for."""

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from pipelines import Playground
from pipelines.catalogue import Catalogue, Entry
from pipelines.engines import conversion
from pipelines.engines.conversion import Converter, Refused
from pipelines.engines.openvino import convert
from pipelines.settings import Settings
from pipelines.store import Store
from tests.tiny import TINY, build

OWN_PROCESS = conversion.child  # as the program converts


class TinyStore(Store):
    """A store in which every tiny model is local."""

    def local(self, entry: Entry) -> Path:
        folder = self.folder / entry.name
        return folder if folder.is_dir() else build(entry.name, folder)


def in_this_process(
    converter: Converter,
    folder: Path,
    variant: str,
    target: Path,
    settings: Settings,
    base: Path | None,
) -> tuple[dict[str, Any], str]:
    """What `conversion.child` does, without the seconds in which a process imports torch."""
    module = import_module(converter.program)
    try:
        module.convert(folder, variant, target, base, settings, lambda sentence: None)
    except Refused as refusal:
        return {"refused": str(refusal)}, ""
    return {"done": True}, ""


def tiny_playground(folder: Path) -> Playground:
    """The playground; model names are the tiny models' names."""
    entries = [
        Entry(
            name=name,
            title=name,
            tasks=tiny.tasks,
            engine="auto",
            licence="none",
            size_bytes=1,
            memory_bytes=10_000_000,
            bundled=True,
        )
        for name, tiny in TINY.items()
    ]
    conversion.child = in_this_process
    convert.FORMS = ((False, "f32"),)  # exact, the same numbers on every processor
    playground = Playground(replace(Settings(), cache=folder, threads=1), Catalogue(entries))
    playground.store = TinyStore(playground.settings)
    return playground
