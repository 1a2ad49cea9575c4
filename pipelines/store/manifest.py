"""The manifest in a catalogue entry's folder: what it was made from, and its files' digests."""

import json
import os
from contextlib import suppress
from pathlib import Path

from pipelines.catalogue import Entry
from pipelines.parse_json import parse_json
from pipelines.store.verify import digest_of

MANIFEST = "verified.json"


def write(folder: Path, entry: Entry) -> None:
    """Describe the files that are in the folder now."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    stamps = {path.relative_to(folder).as_posix(): _stamp(path) for path in files}
    manifest = {"pins": _pins(entry), "files": stamps}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1))


def _stamp(path: Path) -> dict[str, int | str]:
    return {"sha256": digest_of(path), "size": path.stat().st_size}


def size_of(folder: Path) -> int:
    """Bytes in a folder that another process may be writing to."""
    size = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            size += path.stat().st_size if path.is_file() else 0
    return size


def digests(folder: Path, entry: Entry) -> dict[str, str]:
    """The sha256 of each file in a catalogue entry's folder; empty if it is not complete.

    Files that were not prepared here keep the catalogue's pins, whatever the manifest says.
    """
    try:
        manifest = parse_json((folder / MANIFEST).read_text())
        files = manifest["files"]
        inside = all(".." not in name.split("/") and name[0] != "/" for name in files)
        # Looked at for each answer: os.stat takes a third of what Path's does.
        sizes = {name: os.stat(f"{folder}/{name}").st_size for name in files}
        same = all(sizes[name] == one["size"] for name, one in files.items())
        if not (inside and same and manifest["pins"] == _pins(entry)):
            return {}
        digests = {name: str(one["sha256"]) for name, one in files.items()}
        return digests if entry.prepare else digests | {f.path: f.sha256 for f in entry.files}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError):
        return {}


def _pins(entry: Entry) -> dict[str, str]:
    """What the folder was made from, and how; one with other pins is downloaded again."""
    prepared = {"prepare": entry.prepare} if entry.prepare else {}
    return {file.path: file.sha256 for file in entry.files} | prepared
