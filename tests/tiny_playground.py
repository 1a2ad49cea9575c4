"""A playground whose catalogue is the tiny models, each made when it is first asked for."""

from dataclasses import replace
from pathlib import Path

from pipelines import Playground
from pipelines.catalogue import Catalogue, Entry
from pipelines.settings import Settings
from pipelines.store import Store
from tests.tiny import TINY, build


class TinyStore(Store):
    """A store in which every tiny model is local."""

    def local(self, entry: Entry) -> Path:
        folder = self.folder / entry.name
        return folder if folder.is_dir() else build(entry.name, folder)


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
            languages=(),
            good_at="",
            bad_at="",
            bundled=True,
        )
        for name, tiny in TINY.items()
    ]
    playground = Playground(replace(Settings(), cache=folder, threads=1), Catalogue(entries))
    playground.store = TinyStore(playground.settings)
    return playground
