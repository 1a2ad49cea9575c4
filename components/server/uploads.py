"""The folder of what visitors upload and the page generates: bounded, and emptied with time.

gradio's own `delete_cache` knows the files that its components saved since the start and no others.
Here the folder itself is looked through, so that generated sounds and pictures, copies of data URLs
and what an earlier run of the program left go too. Knows no HTTP; see components/server/limits.py.
"""

import os
import shutil
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from pipelines.errors import InputError
from pipelines.settings import Settings

# gradio writes a file that comes in at the top of the folder, under a name that begins so, and
# leaves it there when its visitor goes away or calls the part of the form something else.
UNFINISHED = "tmp"
LEFT_SECONDS = 60  # after which what is unfinished and not open any more was left there
YOUNG_SECONDS = 600  # so long no file has to make room for others: somebody is using it
SHARE = 4  # one visitor's files fill at most this part of the folder
FULL = "Try again in a few minutes, with fewer or smaller files."


@dataclass(frozen=True)
class Stored:
    """One file of the folder."""

    path: str
    visitor: str  # empty: generated, or uploaded before the start
    size: int
    changed: float


class UploadFolder:
    """The upload folder and who put what into it. Any thread may use it."""

    def __init__(self, folder: Path, settings: Settings, keep: Iterable[str] = ()) -> None:
        """`keep`: files that the page itself shows, such as examples; they never go."""
        self.folder = os.path.realpath(folder)
        self.max_files = settings.max_uploads
        self.max_bytes = settings.max_uploads_mb * 1_000_000
        self.min_free = settings.min_free_mb * 1_000_000
        self.seconds = settings.upload_hours * 3600
        self._keep = {os.path.realpath(path) for path in keep}
        self._stored: dict[str, Stored] = {}
        self._lock = threading.Lock()
        self.sweep()

    def sweep(self) -> None:
        """Look the folder through; delete what is old, and what is too much."""
        begun = time.time()
        self._delete_left(begun - LEFT_SECONDS)
        found = [one for path in self._paths() if (one := _stored(path, begun))]
        with self._lock:
            visitors = {path: one.visitor for path, one in self._stored.items()}
            added = {path: one for path, one in self._stored.items() if one.changed > begun}
            known = [replace(one, visitor=visitors.get(one.path, "")) for one in found]
            self._stored = {one.path: one for one in known} | added
            self._delete(one for one in known if one.changed < begun - self.seconds)
            self._shrink(list(self._stored.values()), self.max_bytes)
        _remove_empty_folders(self.folder)

    def admit(self, visitor: str, files: int, size: int) -> None:
        """Make room for so many files of a visitor, at the cost of their own older ones.

        Raises:
            InputError: there is none.
        """
        if _free(self.folder) < self.min_free + size:
            raise InputError("The server's disk is full.", FULL)
        with self._lock:
            own = [one for one in self._stored.values() if one.visitor == visitor]
            if not self._shrink(own, self.max_bytes // SHARE - size, self.max_files - files):
                raise InputError("You have uploaded too many files for now.", FULL)
            if not self._shrink(list(self._stored.values()), self.max_bytes - size):
                raise InputError("The server has no room for more files now.", FULL)

    def add(self, visitor: str, paths: Iterable[str]) -> None:
        """Record the owner of these files."""
        with self._lock:
            for path in map(os.path.realpath, paths):
                if path.startswith(self.folder + os.sep) and (one := _stored(path)):
                    self._stored[path] = replace(one, visitor=visitor)

    def add_since(self, visitor: str, moment: float) -> None:
        """Note as a visitor's the files that came since then and are nobody's."""
        self._note(visitor, moment, self._paths())

    def add_unfinished(self, visitor: str, moment: float) -> None:
        """The same of those that are unfinished. Some may be of others who are uploading: they get
        them back with their ends."""
        self._note(visitor, moment, self._unfinished())

    def _note(self, visitor: str, moment: float, paths: Iterable[str]) -> None:
        found = [one for path in paths if (one := _stored(path))]
        with self._lock:
            for one in found:
                known = self._stored.get(one.path, one)
                if one.changed >= moment and not known.visitor:
                    self._stored[one.path] = replace(one, visitor=visitor)

    def _paths(self) -> Iterator[str]:
        for folder, _, names in os.walk(self.folder):
            paths = (os.path.join(folder, name) for name in names)
            yield from (path for path in paths if path not in self._keep)

    def _unfinished(self) -> list[str]:
        with suppress(FileNotFoundError), os.scandir(self.folder) as found:
            return [one.path for one in found if one.name.startswith(UNFINISHED) and one.is_file()]
        return []

    def _delete_left(self, moment: float) -> None:
        """Delete what was left unfinished before then: no upload has it open."""
        old = [
            one for path in self._unfinished() if (one := _stored(path)) and one.changed < moment
        ]
        if old:
            opened = {one.path for one in psutil.Process().open_files()}
            with self._lock:
                self._delete(one for one in old if one.path not in opened)

    def _shrink(self, files: list[Stored], size: int, count: int | None = None) -> bool:
        """Delete what is not young until these fit: the greediest visitor's oldest first."""
        of_visitor: dict[str, list[Stored]] = defaultdict(list)
        for one in sorted(files, key=lambda one: -one.changed):
            of_visitor[one.visitor].append(one)
        sizes = {name: sum(one.size for one in own) for name, own in of_visitor.items()}
        left, total = len(files), sum(sizes.values())
        young = time.time() - YOUNG_SECONDS
        while total > size or (count is not None and left > count):
            candidates = [
                name for name, own in of_visitor.items() if own and own[-1].changed < young
            ]
            if not candidates:
                return False
            greediest = max(candidates, key=sizes.__getitem__)
            oldest = of_visitor[greediest].pop()
            self._delete([oldest])
            sizes[greediest] -= oldest.size
            total, left = total - oldest.size, left - 1
        return True

    def _delete(self, files: Iterable[Stored]) -> None:
        for one in list(files):
            try:
                os.unlink(one.path)
            except FileNotFoundError:
                pass
            except OSError:
                continue
            self._stored.pop(one.path, None)


def _free(folder: str) -> int:
    """The free bytes of its disk, whether or not the folder is there."""
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    return shutil.disk_usage(folder).free


def _stored(path: str, now: float = float("inf")) -> Stored | None:
    """A file of the folder; one that is newer than now, since the clock was set back, is taken for
    a new one: it would be neither old for as long, nor ever make room."""
    try:
        stat = os.lstat(path)
        if max(stat.st_mtime, stat.st_ctime) > now + YOUNG_SECONDS:
            os.utime(path, follow_symlinks=False)
            stat = os.lstat(path)
    except OSError:
        return None
    # The blocks it takes, and one for its folder: 5,000 files of a byte are 40 MB.
    return Stored(path, "", stat.st_blocks * 512 + 4096, max(stat.st_mtime, stat.st_ctime))


def _remove_empty_folders(folder: str) -> None:
    old = time.time() - YOUNG_SECONDS
    for path, _, _ in os.walk(folder, topdown=False):
        try:
            if path != folder and os.lstat(path).st_mtime < old:
                os.rmdir(path)
        except OSError:  # not empty, or gone
            continue
