"""What the test Hub serves: repositories, their revisions and files, in the Hub's JSON forms.

Knows git's blob ids, Git LFS's sha256, the header of a safetensors file and the names of the
fields as huggingface_hub reads them. Leaves HTTP, rights and faults to hub.py and hub_handler.py.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# The Hub stores these through Git LFS whatever their size, and anything else above 10 MB.
LARGE_SUFFIXES = frozenset(
    {".safetensors", ".bin", ".gguf", ".onnx", ".pth", ".pt", ".ckpt", ".h5", ".msgpack"}
    | {".model", ".spm", ".npz", ".pkl", ".zip", ".wav", ".tflite"}
)
LARGE_BYTES = 10_000_000
DATE = "2026-01-{:02d}T12:00:00.000Z"


@dataclass(frozen=True)
class Entry:
    """One file of one revision."""

    path: str
    data: bytes

    @property
    def large(self) -> bool:
        return Path(self.path).suffix in LARGE_SUFFIXES or len(self.data) > LARGE_BYTES

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def pointer(self) -> bytes:
        """What git itself holds for a large file."""
        return (
            "version https://git-lfs.github.com/spec/v1\n"
            f"oid sha256:{self.sha256}\nsize {len(self.data)}\n"
        ).encode()

    @property
    def blob_id(self) -> str:
        content = self.pointer if self.large else self.data
        return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()

    @property
    def etag(self) -> str:
        return self.sha256 if self.large else self.blob_id

    def sibling(self, blobs: bool) -> dict[str, Any]:
        form: dict[str, Any] = {"rfilename": self.path}
        if blobs:
            form |= {"size": len(self.data), "blobId": self.blob_id}
            if self.large:
                form["lfs"] = {
                    "size": len(self.data),
                    "sha256": self.sha256,
                    "pointerSize": len(self.pointer),
                }
        return form

    def tree_form(self) -> dict[str, Any]:
        form: dict[str, Any] = {
            "type": "file",
            "oid": self.blob_id,
            "size": len(self.data),
            "path": self.path,
        }
        if self.large:
            form["lfs"] = {
                "oid": self.sha256,
                "size": len(self.data),
                "pointerSize": len(self.pointer),
            }
        return form

    def parameters(self) -> dict[str, int]:
        """Number of parameters by dtype, read from a safetensors header; empty for other files."""
        if not self.path.endswith(".safetensors") or len(self.data) < 8:
            return {}
        try:
            header = json.loads(self.data[8 : 8 + int.from_bytes(self.data[:8], "little")])
        except ValueError:  # a test published bytes that only bear the name
            return {}
        counts: dict[str, int] = {}
        for name, tensor in header.items():
            if name != "__metadata__":
                dtype = tensor["dtype"]
                counts[dtype] = counts.get(dtype, 0) + math.prod(tensor["shape"])
        return counts


@dataclass(frozen=True)
class Revision:
    """One commit: its files by path, its sha made from their contents and its parent."""

    entries: Mapping[str, Entry]
    commit: str
    date: str

    @classmethod
    def of(cls, files: Mapping[str, bytes], parent: str, number: int) -> "Revision":
        entries = {path: Entry(path, files[path]) for path in sorted(files)}
        digest = hashlib.sha1(parent.encode())
        for entry in entries.values():
            digest.update(f"{entry.path}\0{entry.blob_id}\n".encode())
        return cls(entries, digest.hexdigest(), DATE.format(min(number, 31)))

    def tree(self, folder: str, recursive: bool, expand: bool) -> list[dict[str, Any]] | None:
        """Files and folders under a folder, as the tree and paths-info calls list them."""
        start = f"{folder}/" if folder else ""
        inside = [path for path in self.entries if path.startswith(start)]
        if folder and not inside:
            return None
        forms: dict[str, dict[str, Any]] = {}
        for path in inside:
            parts = path[len(start) :].split("/")
            for depth in range(1, len(parts) if recursive else min(len(parts), 2)):
                name = start + "/".join(parts[:depth])
                oid = hashlib.sha1(f"{self.commit}{name}".encode()).hexdigest()
                forms[name] = {"type": "directory", "oid": oid, "size": 0, "path": name}
            if recursive or len(parts) == 1:
                forms[path] = self.entries[path].tree_form()
        if expand:
            last = {"id": self.commit, "title": "Publish", "date": self.date}
            forms = {path: form | {"lastCommit": last} for path, form in forms.items()}
        return list(forms.values())


@dataclass
class Repo:
    """One model repository: its facts, its commits in order, its branches and tags."""

    id: str
    facts: dict[str, Any]
    private: bool = False
    gated: str | bool = False
    disabled: bool = False
    revisions: list[Revision] = field(default_factory=list)
    refs: dict[str, str] = field(default_factory=dict)
    discussions: list[dict[str, Any]] = field(default_factory=list)

    def at(self, revision: str) -> Revision | None:
        """The revision of a branch, a tag or a full commit sha."""
        commit = self.refs.get(revision, revision)
        return next((known for known in self.revisions if known.commit == commit), None)

    def json(self, revision: Revision, *, blobs: bool = False) -> dict[str, Any]:
        """Everything the Hub tells about a model; a listing takes some of these fields."""
        facts = self.facts
        entries = revision.entries.values()
        config = _json_file(revision, "config.json")
        parameters: dict[str, int] = {}
        for entry in entries:
            for dtype, count in entry.parameters().items():
                parameters[dtype] = parameters.get(dtype, 0) + count
        languages = list(facts["languages"])
        card = {"license": facts["license"], "language": languages} | facts["card"]
        tags = [facts["library_name"], *(["safetensors"] if parameters else [])]
        tags += [config.get("model_type"), facts["pipeline_tag"], *languages, *facts["tags"]]
        tags += [f"license:{facts['license']}" if facts["license"] else None, "region:us"]
        form: dict[str, Any] = {
            "_id": hashlib.sha1(self.id.encode()).hexdigest()[:24],
            "id": self.id,
            "modelId": self.id,
            "author": self.id.rpartition("/")[0] or None,
            "sha": revision.commit,
            "lastModified": revision.date,
            "createdAt": self.revisions[0].date,
            "private": self.private,
            "gated": self.gated,
            "disabled": self.disabled,
            "downloads": facts["downloads"],
            "downloadsAllTime": facts["downloads"] * 10,
            "likes": facts["likes"],
            "trendingScore": facts["likes"],
            "library_name": facts["library_name"],
            "pipeline_tag": facts["pipeline_tag"],
            "tags": [tag for tag in dict.fromkeys(tags) if tag],
            "cardData": {key: value for key, value in card.items() if value},
            "config": {
                key: config[key] for key in ("architectures", "model_type") if key in config
            },
            "siblings": [entry.sibling(blobs) for entry in entries],
            "usedStorage": sum(len(entry.data) for entry in entries),
            "spaces": [],
        }
        if parameters:
            form["safetensors"] = {"parameters": parameters, "total": sum(parameters.values())}
        return form


def _json_file(revision: Revision, path: str) -> dict[str, Any]:
    try:
        content = json.loads(revision.entries[path].data)
    except (KeyError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def read_folder(folder: Path) -> dict[str, bytes]:
    """All files of a folder by their path inside it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
