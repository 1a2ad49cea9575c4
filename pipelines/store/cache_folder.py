"""The folder of downloaded catalogue models: one folder a model, partial downloads, locks."""

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from pipelines.catalogue import Entry
from pipelines.errors import DiskFullError, DownloadError
from pipelines.settings import Settings
from pipelines.store.download import is_full, is_unwritable
from pipelines.store.locks import locked, not_downloading
from pipelines.store.manifest import size_of


class CacheFolder:
    """Where the catalogue's models are, and who may write there now."""

    def __init__(self, settings: Settings) -> None:
        self.folder = settings.cache / "models"
        self._cache = settings.cache
        self._public = settings.public

    def unfinished(self, entry: Entry) -> list[Path]:
        """The folders of an interrupted download, which the next one resumes."""
        folders = [self.folder / f"{entry.name}.coming{kind}" for kind in ("", ".wheels")]
        return [folder for folder in folders if folder.is_dir()]

    def delete(self, entry: Entry) -> None:
        """Remove the entry's files from the cache, partial downloads too.

        Raises:
            ModelError: it is being downloaded.
            DownloadError: the cache cannot be written.
        """
        lock = not_downloading(self.lock_path(entry), entry.title)
        with self.writing(), lock:
            for folder in (self.folder / entry.name, *self.unfinished(entry)):
                if folder.exists():
                    shutil.rmtree(folder)

    def lock_path(self, entry: Entry) -> Path:
        """The entry's lock file."""
        return self._cache / "locks" / f"{entry.name}.lock"

    def locked(self, entry: Entry) -> AbstractContextManager[None]:
        """The lock for writing a catalogue entry's files."""

        def fetched() -> int:
            # Wheels are extracted into the other folder: what lies in both was downloaded once.
            return max((size_of(folder) for folder in self.unfinished(entry)), default=0)

        return locked(self.lock_path(entry), entry.title, fetched, entry.size_bytes)

    @contextmanager
    def cleared_if_full(self, entry: Entry) -> Iterator[None]:
        """Delete the partial download when the disk is full; otherwise it is kept and resumed."""
        try:
            yield
        except (OSError, DiskFullError) as error:
            if isinstance(error, DiskFullError) or is_full(error):
                for folder in self.unfinished(entry):
                    shutil.rmtree(folder, ignore_errors=True)
            raise

    @contextmanager
    def writing(
        self, folder: Path | None = None, setting: str = "PLAYGROUND_CACHE"
    ) -> Iterator[None]:
        """Say which folder cannot be written, or in public mode only which setting names it."""
        with writing("for models" if self._public else str(folder or self.folder), setting):
            yield


@contextmanager
def writing(folder: str, setting: str) -> Iterator[None]:
    """Say so when the folder cannot be written.

    Raises:
        DownloadError: it cannot.
    """
    try:
        yield
    except OSError as error:
        if not is_unwritable(error):
            raise
        raise DownloadError(
            f"The folder {folder} cannot be written ({error.strerror}).",
            f"Set {setting} to a folder that can be written.",
        ) from error
