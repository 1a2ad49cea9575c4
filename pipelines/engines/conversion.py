"""Converted models in the cache folder: each made once, whole or not at all, by a child process.

A folder's name is the digest of all that went into it: the source files, the program that converts
and its library's version. A model that cannot be converted leaves a file with the reason under the
same name, so that it is not tried again. Copies whose source has gone are deleted.

The program is a module that gives its `convert` to `run_child`, which reads the arguments and
writes lines of JSON: {"progress": a sentence} as it goes, last {"done": …} or {"refused": why}.
"""

import hashlib
import json
import logging
import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias

from pipelines.file_lock import held
from pipelines.parse_json import parse_json
from pipelines.progress import Progress
from pipelines.run import CHECK_SECONDS, stop_if_cancelled, tell
from pipelines.settings import Settings

MADE, REFUSED = "made.json", "refused.json"
BLOB = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")  # what the Hub's cache names its files by
BLOCK = 1 << 20
ANOTHER = Progress("loading", "Another process is converting this model")
ENVIRONMENT = (
    *("PATH", "HOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME", "LANG", "TMPDIR"),
)  # no tokens
ROOT = Path(__file__).resolve().parents[2]

# Takes the folder, the variant, the target, the base, settings, and a callback for progress.
Convert: TypeAlias = Callable[[Path, str, Path, Path | None, Settings, Callable[[str], None]], None]

log = logging.getLogger("playground")


class Unconverted(Exception):
    """Why there is no converted form of a model."""


class Refused(Exception):
    """Why the converting program does not convert a model."""


@dataclass(frozen=True)
class Converter:
    """What converts for one engine.

    `name` is that of the engine and of its folder in the cache; `program` the module that the child
    runs; `version` changes with what it writes, and a new one converts everything again. A whole
    model has at least the files `writes`.
    """

    name: str
    program: str
    library: str
    version: int
    writes: tuple[str, ...]

    def key(self, variant: str, sources: dict[str, str]) -> str:
        """The name of the converted model of these files."""
        made_by = [self.version, version(self.library), version("transformers"), variant]
        return hashlib.sha256(json.dumps([made_by, sources]).encode()).hexdigest()[:32]


def converted(
    converter: Converter, folder: Path, variant: str, settings: Settings, base: Path | None
) -> Path:
    """The folder of the converted model, made now if there is none or it is damaged.

    Raises:
        Unconverted: it cannot be made.
        Cancelled: the user has stopped; nothing is left of it.
    """
    sources = _sources(folder, base)
    target = settings.cache / converter.name / converter.key(variant, sources)
    try:
        _forget_those_without_source(target.parent)
        if _known(target):
            return target
        with held(target.with_suffix(".lock"), lambda: ANOTHER):
            if _known(target):
                return target
            with _coming(target) as coming:
                _convert(converter, folder, variant, coming, settings, base)
                _seal(coming, [variant, *(str(one) for one in (folder, base) if one)])
            _forget_earlier(target)
            if _known(target):
                return target
        raise Unconverted("what was just written cannot be read")
    except OSError as error:
        raise Unconverted(f"{target.parent} cannot be written ({error.strerror})") from error


def _sources(folder: Path, base: Path | None) -> dict[str, str]:
    """The digests of the files that transformers reads."""
    found = {}
    for place, files in {"": folder, "base/": base}.items():
        if files:
            # Whatever lies deeper too: a pooling has a folder of its own.
            for path in sorted(files.rglob("*")):
                if path.suffix in {".json", ".safetensors", ".txt", ".model", ".spm"}:
                    found[place + path.relative_to(files).as_posix()] = _digest(path)
    return found


def _digest(path: Path) -> str:
    """The file's digest: the name of its blob in the Hub's cache, else its sha256."""
    blob = os.path.basename(os.readlink(path)) if path.is_symlink() else ""
    known = path.stat()
    stamp = (known.st_ino, known.st_size, known.st_mtime_ns, known.st_ctime_ns)
    return blob if BLOB.fullmatch(blob) else _sha256(path, stamp)


@cache
def _sha256(path: Path, stamp: tuple[int, ...]) -> str:
    """Computed once for as long as the file's stamp does not change."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _known(target: Path) -> bool:
    """Whether an earlier conversion left a whole model.

    Raises:
        Unconverted: it was refused.
    """
    try:
        if (target / REFUSED).exists():
            raise Unconverted(str(_read(target / REFUSED).get("reason", "it was refused before")))
        files = _read(target / MADE)["files"]
        if not isinstance(files, dict) or not files:
            raise ValueError("it names no files")
        if all(_digest(target / name) == digest for name, digest in files.items()):
            return True
    except FileNotFoundError:
        return False
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("the converted model in %s cannot be read: %s", target, error)
        return False
    log.warning("the converted model in %s is damaged and made again", target)
    return False


def _seal(folder: Path, made_from: list[str]) -> None:
    """Write down what the files are, last of all, and what they were made from."""
    if (folder / REFUSED).exists():
        return
    files = {path.name: _digest(path) for path in sorted(folder.iterdir())}
    (folder / MADE).write_text(json.dumps({"files": files, "made_from": made_from}), "utf-8")


def _made_from(folder: Path) -> list[str]:
    """The variant and the folders that a converted model was made from."""
    try:
        found = _read(folder / MADE).get("made_from")
    except (OSError, ValueError):
        return []
    return [str(one) for one in found] if isinstance(found, list) else []


def _read(file: Path) -> dict[str, Any]:
    """The JSON object in a file; empty if it holds anything else.

    Raises:
        OSError, ValueError: it cannot be read.
    """
    content = parse_json(file.read_text("utf-8"))
    return content if isinstance(content, dict) else {}


def _forget_those_without_source(folder: Path) -> None:
    for made in folder.glob(f"*/{MADE}"):
        _, *sources = _made_from(made.parent) or [""]
        if not all(Path(one).is_dir() for one in sources):
            shutil.rmtree(made.parent, ignore_errors=True)


def _forget_earlier(target: Path) -> None:
    """Delete what earlier versions of the libraries, or of the files, made of the same model."""
    for made in target.parent.glob(f"*/{MADE}"):
        if made.parent != target and _made_from(made.parent) == _made_from(target):
            shutil.rmtree(made.parent, ignore_errors=True)


@contextmanager
def _coming(target: Path) -> Iterator[Path]:
    """A folder to write into, which takes the target's place when the block ends well."""
    coming = target.with_suffix(".coming")
    shutil.rmtree(coming, ignore_errors=True)  # a killed process's
    coming.mkdir()
    try:
        yield coming
        shutil.rmtree(target, ignore_errors=True)
        os.replace(coming, target)
    finally:
        shutil.rmtree(coming, ignore_errors=True)


def _convert(
    converter: Converter,
    folder: Path,
    variant: str,
    target: Path,
    settings: Settings,
    base: Path | None,
) -> None:
    """Have the target written.

    Raises:
        Unconverted: it was refused, which the target then says too, or the child died.
    """
    last, ended = child(converter, folder, variant, target, settings, base)
    if "refused" in last:
        shutil.rmtree(target)  # a graph that nobody will use
        target.mkdir()
        (target / REFUSED).write_text(json.dumps({"reason": last["refused"]}), "utf-8")
    elif "done" not in last or not all((target / name).exists() for name in converter.writes):
        log.warning("the conversion of %s %s", folder, ended)
        raise Unconverted("the conversion broke off")


def child(
    converter: Converter,
    folder: Path,
    variant: str,
    target: Path,
    settings: Settings,
    base: Path | None,
) -> tuple[dict[str, Any], str]:
    """Run the converting program: what it said last, and how it ended.

    Raises:
        Cancelled: the user has stopped; the child is killed.
    """
    command = [sys.executable, "-m", converter.program]
    command += [str(folder), variant, str(target), str(base or ""), str(settings.threads)]
    environment = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    environment |= {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""}
    last: dict[str, Any] = {}
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,  # which ends with this process, however it ends
            stdout=subprocess.PIPE,
            stderr=errors,
            bufsize=0,
            env=environment,
        ) as process,
    ):
        try:
            for last in _lines(process):
                if "progress" in last:
                    tell(
                        Progress(
                            "loading", f"Converting once for {converter.name}: {last['progress']}"
                        )
                    )
            code = process.wait()
        finally:
            process.kill()
        errors.seek(0)
        said = errors.read()[-2000:].decode("utf-8", "replace").strip()
    return last, f"ended with code {code}: {said}"


def run_child(convert: Convert, arguments: Sequence[str]) -> int:
    """The child's side: convert what the arguments name, and say how it went."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    folder, variant, target, base, threads = arguments
    lines = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # so that what libraries print is not taken for an answer

    def say(**what: Any) -> None:
        print(json.dumps(what), file=lines)

    try:
        convert(
            Path(folder),
            variant,
            Path(target),
            Path(base) if base else None,
            Settings(threads=int(threads)),
            lambda sentence: say(progress=sentence),
        )
    except Refused as refusal:
        say(refused=str(refusal))
    else:
        say(done=True)
    return 0


def _end_with_parent() -> None:
    """End this process when the one that began it has gone: it would go on writing into a folder
    in which the next one begins the same conversion anew."""
    sys.stdin.buffer.read()
    os._exit(1)


def _lines(process: "subprocess.Popen[bytes]") -> Iterator[dict[str, Any]]:
    """What the child says, line by line, while the user waits for it."""
    assert process.stdout
    output = process.stdout.fileno()
    poll = select.poll()
    poll.register(output, select.POLLIN)
    data = b""
    while True:
        stop_if_cancelled()
        if not poll.poll(CHECK_SECONDS * 1000):
            continue
        part = os.read(output, BLOCK)
        if not part:
            return
        *lines, data = (data + part).split(b"\n")
        for line in lines:
            yield parse_json(line)
