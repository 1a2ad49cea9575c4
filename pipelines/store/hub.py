"""The Hub as a source: huggingface_hub's own client, watched and cancellable.

HF_TOKEN, HF_HOME, HF_ENDPOINT and HF_HUB_OFFLINE mean what they mean everywhere else. Only the
files that an engine reads are fetched, never pickles, never code.
"""

import errno
import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipelines.catalogue import Entry
from pipelines.errors import DiskFullError, DownloadError, ModelError, UnreachableError
from pipelines.store.download import check, need_space
from pipelines.store.progress import Progress, Watch

WEIGHTS = (".safetensors", ".gguf", ".onnx", "model.bin")
BESIDE = (".json", ".txt", ".model", ".jinja")
CONNECT_SECONDS = 3.0


def reachable() -> bool:
    """Whether the Hub answers within three seconds and may be asked."""
    import httpx
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return False
    try:
        httpx.head(constants.ENDPOINT, timeout=CONNECT_SECONDS)
    except httpx.HTTPError:
        return False
    return True


def cached(entry: Entry) -> Path | None:
    """The folder of a Hub model that is whole in the Hub's own cache."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    if not entry.hub:
        return None
    try:
        folder = Path(snapshot_download(entry.hub, revision=entry.revision, local_files_only=True))
    except (LocalEntryNotFoundError, OSError, ValueError):
        return None
    whole = (folder / "config.json").exists() and any(folder.rglob("*" + WEIGHTS[0]))
    return folder if whole or any(folder.glob("*.gguf")) else None


def fetch(entry: Entry, folder: Path, watch: Watch) -> None:
    """Put a catalogue entry's pinned files into `folder`, verified by their sha256.

    Raises:
        UnreachableError, DownloadError, ChecksumError, DiskFullError, Cancelled.
    """
    from huggingface_hub import hf_hub_download

    need_space(folder, entry.size_bytes)
    assert entry.hub
    with _said_plainly(entry.hub):
        for file in entry.files:
            with _watched(watch, entry.title) as bar:
                got = hf_hub_download(
                    entry.hub,
                    file.hub_path or file.path,
                    revision=entry.revision,
                    local_dir=folder.with_name(folder.name + ".hub"),
                    tqdm_class=bar,
                )
            check(Path(got), file.sha256)
            target = folder / file.path
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(got, target)
    shutil.rmtree(folder.with_name(folder.name + ".hub"), ignore_errors=True)


def snapshot(entry: Entry, watch: Watch) -> Path:
    """Bring a Hub model into the Hub's own cache, only the files that are needed.

    Raises:
        ModelError: no such model, no rights, no safe weights.
        UnreachableError, DownloadError, DiskFullError, Cancelled.
    """
    from huggingface_hub import HfApi, snapshot_download

    assert entry.hub
    with _said_plainly(entry.hub):
        info = HfApi().model_info(entry.hub, revision=entry.revision, files_metadata=True)
        sizes = {one.rfilename: one.size or 0 for one in info.siblings or []}
        wanted = _needed(list(sizes))
        if not wanted:
            raise ModelError(
                f"{entry.hub} has no safetensors, GGUF, ONNX or CTranslate2 weights.",
                "Pickled weights are never loaded here; look for a converted copy.",
            )
        need_space(Path(os.environ.get("HF_HOME", Path.home())), sum(sizes[n] for n in wanted))
        with _watched(watch, entry.hub) as bar:
            return Path(
                snapshot_download(
                    entry.hub,
                    revision=entry.revision or info.sha,
                    allow_patterns=wanted,
                    tqdm_class=bar,
                )
            )


def _needed(files: list[str]) -> list[str]:
    """Weights in one format, and the small files beside them; nothing else."""
    top = [name for name in files if "/" not in name or name.startswith("1_Pooling/")]
    for ending in WEIGHTS:
        weights = [name for name in top if name.endswith(ending)]
        if ending == ".gguf" and len(weights) > 1:
            weights = [n for n in weights if "q4_k_m" in n.lower()] or weights[:1]
        if weights:
            return weights + [name for name in top if name.endswith(BESIDE)]
    return []


@contextmanager
def _watched(watch: Watch, title: str) -> Iterator[Any]:
    """A tqdm class that tells the watcher instead of a terminal."""
    from tqdm.auto import tqdm

    class Bar(tqdm):  # type: ignore[type-arg]  # tqdm is not generic at run time
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs.pop("name", None)
            super().__init__(*args, **{**kwargs, "disable": False, "file": io.StringIO()})

        def update(self, n: float | None = 1) -> bool | None:
            drawn = super().update(n)
            total = int(self.total) if self.total else None
            if self.unit == "B":
                watch.tell(Progress("downloading", f"Downloading {title}", int(self.n), total))
            else:
                watch.check()
            return drawn

    yield Bar


@contextmanager
def _said_plainly(model: str) -> Iterator[None]:
    """Turn the client's errors into ours."""
    import httpx
    from huggingface_hub import errors

    try:
        yield
    except errors.GatedRepoError as error:
        raise ModelError(
            f"{model} is gated.", "Ask for access on its page, then set HF_TOKEN."
        ) from error
    except errors.RevisionNotFoundError as error:
        raise ModelError(f"{model} has no such revision.", "It may have been removed.") from error
    except errors.RepositoryNotFoundError as error:
        raise ModelError(
            f"There is no model {model} on the Hub, or it is private.",
            "Check the spelling; for a private model set HF_TOKEN.",
        ) from error
    except errors.HFValidationError as error:
        raise ModelError(
            f"{model!r} is no model id.", "Write it as owner/name, as on the Hub."
        ) from error
    except (httpx.ConnectError, httpx.ConnectTimeout, errors.OfflineModeIsEnabled) as error:
        raise UnreachableError("The Hub cannot be reached.", "Check the network.") from error
    except errors.LocalEntryNotFoundError as error:
        raise UnreachableError("The Hub cannot be reached.", "Check the network.") from error
    except (errors.HfHubHTTPError, httpx.HTTPError) as error:
        raise DownloadError(f"The download of {model} failed.", "Try again later.") from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFullError("The disk is full.", "Delete something, or set HF_HOME.") from error
        raise
