"""The Hub as a source: its client for metadata and the cache's layout, our download for the files.

huggingface_hub 2.4 discards a partial download when it is interrupted or killed, and verifies
sizes but no digests. So `download`, which resumes and verifies, writes each blob into the Hub's
cache; the client then finds it there and links it into the snapshot. HF_TOKEN, HF_HOME, HF_ENDPOINT
and HF_HUB_OFFLINE keep their usual meaning, and other programs share the files. Pickles and code
are never downloaded.
"""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pipelines.catalogue import Entry
from pipelines.errors import (
    DiskFullError,
    DownloadError,
    ModelError,
    PlaygroundError,
    UnreachableError,
)
from pipelines.store import visitor
from pipelines.store.download import RefusedError, download, is_full, need_space
from pipelines.store.locks import hub_lock, locked
from pipelines.store.plan import (
    COMPANIONS,
    PICKLED,
    Check,
    Plan,
    Wanted,
    is_weights,
    needed,
    refusal,
    whole,
)
from pipelines.store.progress import Meter, Progress, Watch
from pipelines.store.verify import Digests, Verifier

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 10.0
COMMIT = re.compile(r"[0-9a-f]{40}")
DIGEST = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")  # what the Hub's cache names its blobs by
# The Hub's bot opens pull requests with safetensors weights; many authors never merged them.
CONVERTER = "SFconvertbot"
CONVERSION = "Adding `safetensors` variant of this model"
CONVERTED = "converted"  # the ref that finds such a commit again offline
SIMILAR = 3  # names suggested when there is no model of this name


def reachable() -> bool:
    """Whether the Hub answers within three seconds, and HF_HUB_OFFLINE is not set."""
    import httpx2
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return False
    try:
        httpx2.head(constants.ENDPOINT, timeout=CONNECT_SECONDS)
    except httpx2.HTTPError:
        return False
    return True


def cached(entry: Entry) -> Path | None:
    """The snapshot folder of a Hub model that is complete in the Hub's cache; asks no network."""
    if not entry.hub:
        return None
    revisions = [entry.revision] if entry.revision else ["main", CONVERTED]
    for cache in visitor.caches():
        storage = _storage(entry.hub, cache)
        for revision in revisions:
            with suppress(OSError):
                known = COMMIT.fullmatch(revision)
                commit = revision if known else (storage / "refs" / revision).read_text()
                folder = storage / "snapshots" / commit.strip()
                if whole(folder) and all(cached(one) for one in _companions(folder)):
                    return folder
    return None


def digests(folder: Path) -> dict[Path, str]:
    """The digests of a snapshot's files that an engine reads, and of its companions'.

    A snapshot is links to blobs, and a blob's name is its digest: a sha256 for large files, git's
    sha1 for small ones. Where the disk has no links, the client copies the files and no name tells.
    """
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*")]
    found = {}
    for path in (folder / name for name in needed(names)):
        blob = os.path.basename(os.readlink(path)) if path.is_symlink() else ""
        if DIGEST.fullmatch(blob):
            found[path] = blob
    for companion in _companions(folder):
        if own := cached(companion):
            found |= digests(own)
    return found


def throw_away_damaged(files: Digests, verifier: Verifier, watch: Watch) -> None:
    """Delete those files of snapshots that are damaged: the blob and all links to it.

    Raises:
        Cancelled.
        OSError: the cache cannot be written.
    """
    for path, digest in files.items():
        storage = next(one.parent for one in path.parents if one.name == "snapshots")
        name = storage.name.removeprefix("models--").replace("--", "/")
        with locked(hub_lock(storage), name, watch, lambda: 0, 0):
            # Looked at again under the lock: another process may have replaced it meanwhile.
            if verifier.damaged({path: digest}, name, watch):
                _throw_away(path, storage)


def _throw_away(path: Path, storage: Path) -> None:
    if path.is_symlink():
        (path.parent / os.readlink(path)).unlink(missing_ok=True)
    for link in (storage / "snapshots").rglob("*"):
        if link.is_symlink() and not link.exists():
            link.unlink(missing_ok=True)


def _companions(folder: Path) -> list[Entry]:
    """The other models that this one cannot work without."""
    try:
        kind = json.loads((folder / "config.json").read_text("utf-8")).get("model_type", "")
        return [companion(*pinned) for pinned in COMPANIONS.get(kind, ())]
    except (OSError, ValueError, AttributeError, TypeError):
        return []


def fetch(entry: Entry, folder: Path, watch: Watch) -> None:
    """Download a catalogue entry's pinned files into `folder`, verified by their sha256.

    Raises:
        UnreachableError, DownloadError, ChecksumError, DiskFullError, Cancelled.
    """
    from huggingface_hub import hf_hub_url

    assert entry.hub
    need_space(folder, entry.size_bytes)
    meter = Meter(f"Downloading {entry.title}", entry.size_bytes)
    with user_error(entry.hub):
        for file in entry.files:
            url = hf_hub_url(entry.hub, file.hub_path or file.path, revision=entry.revision)
            target = folder / file.path
            download(url, target, file.sha256, meter, watch, _headers(), file.path, file.size)
            meter.before += file.size


def plan(entry: Entry) -> Plan:
    """The files to download for this model, as the Hub lists them now.

    Raises:
        ModelError: no such model, no access, no weights that can be loaded.
        UnreachableError, DownloadError.
    """
    assert entry.hub
    request = None
    with user_error(entry.hub):
        info = _info(entry.hub, entry.revision)
        names = needed(_siblings(info))
        if not names and not entry.revision and any(n.endswith(PICKLED) for n in _siblings(info)):
            request = _conversion(entry.hub)
        if request:
            info = _info(entry.hub, f"refs/pr/{request}")
            names = needed(_siblings(info))
    siblings = _siblings(info)
    if not names:
        raise refusal(entry.hub, siblings)
    files = tuple(Wanted(name, siblings[name].size or 0, _digest(siblings[name])) for name in names)
    card, kind = info.card_data, (info.config or {}).get("model_type", "")
    licence = card.get("license") if card else None
    return Plan(
        repo=entry.hub,
        commit=str(info.sha),
        files=files,
        licence=str(licence or ""),
        parameters=info.safetensors.total if info.safetensors else None,
        gated=bool(info.gated),
        private=bool(info.private),
        pull_request=request,
        companions=tuple(plan(companion(*pinned)) for pinned in COMPANIONS.get(kind, ())),
    )


def _info(repo: str, revision: str | None) -> Any:
    from huggingface_hub import HfApi

    return HfApi(token=visitor.token()).model_info(
        repo, revision=revision, files_metadata=True, timeout=ANSWER_SECONDS
    )


def _siblings(info: Any) -> dict[str, Any]:
    return {one.rfilename: one for one in info.siblings or []}


def _conversion(repo: str) -> int | None:
    """The number of the open pull request in which the Hub's bot adds safetensors weights."""
    from huggingface_hub import HfApi, errors

    with suppress(errors.HfHubHTTPError):  # a repository may have discussions disabled
        for one in HfApi(token=visitor.token()).get_repo_discussions(
            repo, author=CONVERTER, discussion_type="pull_request", discussion_status="open"
        ):
            asked = (one.author, one.title, one.status, one.is_pull_request)
            if asked == (CONVERTER, CONVERSION, "open", True):
                return int(one.num)
    return None


def bring(
    wanted: Plan, entry: Entry, watch: Watch, check: Check | None, verifier: Verifier
) -> Path:
    """Download what is planned into the Hub's cache; returns the snapshot folder.

    `check` gets that folder when the small files are there, before the weights: a model that
    cannot be loaded is not downloaded. A lock keeps other processes out of the repository.

    Raises:
        ModelError: no access, or whatever `check` raises.
        UnreachableError, DownloadError, ChecksumError, DiskFullError, Cancelled.
        OSError: the cache cannot be written.
    """
    need_space(_storage(wanted.repo, _cache(wanted)), _missing_bytes(wanted))
    meter = Meter(f"Downloading {entry.title}", wanted.size_bytes)
    for one in wanted.companions:
        _bring(one, one.commit, meter, watch, None, verifier)
    revision = CONVERTED if wanted.pull_request else entry.revision or "main"
    return _bring(wanted, revision, meter, watch, check, verifier)


def _bring(
    wanted: Plan,
    revision: str,
    meter: Meter,
    watch: Watch,
    check: Check | None,
    verifier: Verifier,
) -> Path:
    from huggingface_hub import hf_hub_download, hf_hub_url

    cache = _cache(wanted)
    storage = _storage(wanted.repo, cache)
    folder = storage / "snapshots" / wanted.commit
    size = sum(file.size for file in wanted.files)
    lock = locked(hub_lock(storage), wanted.repo, watch, lambda: _here(wanted), size)
    with user_error(wanted.repo), lock:
        for file in wanted.files:
            if check and is_weights(file.path):
                if file.path.endswith(".safetensors"):
                    watch.tell(Progress("loading", f"Checking whether {wanted.repo} fits the task"))
                    check(folder)
                check = None
            digest = {folder / file.path: file.digest}
            if verifier.damaged(digest, wanted.repo, watch):
                (folder / file.path).unlink(missing_ok=True)
                url = hf_hub_url(wanted.repo, file.path, revision=wanted.commit)
                blob = storage / "blobs" / file.digest
                download(url, blob, file.digest, meter, watch, _headers(), file.path, file.size)
                # Finds the blob and links it into the snapshot; copies it on a disk without links.
                hf_hub_download(
                    wanted.repo,
                    file.path,
                    revision=wanted.commit,
                    cache_dir=cache,
                    token=visitor.token(),
                )
                verifier.remember(digest)
            meter.before += file.size
    if not COMMIT.fullmatch(revision):
        name = storage / "refs" / revision
        name.parent.mkdir(parents=True, exist_ok=True)
        name.write_text(wanted.commit)
    return folder


def companion(repo: str, revision: str) -> Entry:
    """A model that another one cannot work without, as an entry of its own."""
    return Entry(repo, repo, (), "transformers", "", 0, 0, (), "", "", hub=repo, revision=revision)


def _missing_bytes(wanted: Plan) -> int:
    folder = _storage(wanted.repo, _cache(wanted)) / "snapshots" / wanted.commit
    own = sum(file.size for file in wanted.files if not (folder / file.path).exists())
    return own + sum(_missing_bytes(one) for one in wanted.companions)


def _here(wanted: Plan) -> int:
    """How many bytes of the planned files are on disk, partial ones included."""
    blobs = _storage(wanted.repo, _cache(wanted)) / "blobs"
    found = 0
    for file in wanted.files:
        for name in (file.digest, f"{file.digest}.part"):
            with suppress(OSError):
                found += (blobs / name).stat().st_size
    return found


def _digest(sibling: Any) -> str:
    return str(sibling.lfs["sha256"] if sibling.lfs else sibling.blob_id)


def _storage(repo: str, cache: Path) -> Path:
    """The repository's folder in a cache of the Hub; the layout is documented and stable."""
    return cache / f"models--{repo.replace('/', '--')}"


def _cache(wanted: Plan) -> Path:
    """The shared cache, or the visitor's own for gated and private models."""
    common, *own = visitor.caches()
    return own[0] if own and (wanted.gated or wanted.private) else common


def _headers() -> dict[str, str]:
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # exported without __all__

    return dict(build_hf_headers(token=visitor.token()))


@contextmanager
def user_error(model: str) -> Iterator[None]:
    """Turn the Hub client's errors into sentences for the user."""
    import httpx2
    from huggingface_hub import constants, errors

    try:
        yield
    except (errors.GatedRepoError, RefusedError) as error:
        if isinstance(error, RefusedError) and error.code != "GatedRepo":
            raise
        raise ModelError(
            f"{model} is gated: its authors want to know who uses it.",
            f"Ask for access at {constants.ENDPOINT}/{model}, then set HF_TOKEN or sign in.",
        ) from error
    except errors.DisabledRepoError as error:
        raise ModelError(f"{model} was taken down by the Hub.", "Pick another model.") from error
    except errors.RevisionNotFoundError as error:
        raise ModelError(f"{model} has no such revision.", "It may have been removed.") from error
    except errors.RepositoryNotFoundError as error:
        raise ModelError(
            f"There is no model {model} on the Hub, or it is private.", _advice(model)
        ) from error
    except errors.HFValidationError as error:
        raise ModelError(
            f"{model!r} is no model id.", "Write it as owner/name, as on the Hub."
        ) from error
    except (httpx2.ConnectError, httpx2.ConnectTimeout, errors.OfflineModeIsEnabled) as error:
        raise UnreachableError("The Hub cannot be reached.", "Check the network.") from error
    except errors.LocalEntryNotFoundError as error:
        raise UnreachableError("The Hub cannot be reached.", "Check the network.") from error
    except errors.HfHubHTTPError as error:
        raise _answered(model, error) from error
    except json.JSONDecodeError as error:
        raise DownloadError(
            f"The Hub's answer about {model} cannot be read.", "Does a firewall answer for it?"
        ) from error
    except httpx2.HTTPError as error:
        raise DownloadError(f"The Hub did not answer about {model}.", "Try again later.") from error
    except OSError as error:
        if is_full(error):
            raise DiskFullError("The disk is full.", "Delete something, or set HF_HOME.") from error
        raise


def _answered(model: str, error: Any) -> DownloadError:
    status, wait = error.response.status_code, error.response.headers.get("Retry-After", "")
    if status == 429:
        soon = f"in {wait} s" if wait.isdigit() else "later"
        return DownloadError("The Hub has been asked too often.", f"Try again {soon}.")
    return DownloadError(f"The Hub answered {status} about {model}.", "Try again later.")


def _advice(model: str) -> str:
    """A hint with similar names for a model that does not exist."""
    from huggingface_hub import HfApi

    words, found = model.rpartition("/")[2], []
    with suppress(PlaygroundError), user_error(model):  # the caller raises the error that matters
        found = [m.id for m in HfApi().list_models(search=words, sort="downloads", limit=SIMILAR)]
    meant = f"Did you mean {' or '.join(found)}? " if found else ""
    return f"{meant}Check the spelling; for a private model set HF_TOKEN or sign in."
