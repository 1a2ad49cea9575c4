"""The Hub as a source: its client for what it knows, our own download for the files.

huggingface_hub 2.4 throws away what a broken or killed download had fetched, and checks sizes but
no hashes. So the bytes come through `download`, which resumes and checks, into the place where
the Hub's cache keeps them; its client then finds them there and links them. HF_TOKEN, HF_HOME,
HF_ENDPOINT and HF_HUB_OFFLINE mean what they mean everywhere else, and other programs share the
files. Never pickles, never code.
"""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pipelines.catalogue import Entry
from pipelines.engines import engine_for_listing
from pipelines.errors import DiskFullError, DownloadError, ModelError, UnreachableError
from pipelines.store import visitor
from pipelines.store.download import RefusedError, download, need_space
from pipelines.store.plan import PICKLED, Check, Plan, Wanted, needed, refusal, whole
from pipelines.store.progress import Meter, Progress, Watch

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 10.0
COMMIT = re.compile(r"[0-9a-f]{40}")
# The Hub's bot proposes weights without pickles; the authors of many models never took them in.
CONVERTER = "SFconvertbot"
CONVERSION = "Adding `safetensors` variant of this model"
CONVERTED = "converted"  # the ref under which such a commit is found again offline
SIMILAR = 3  # names offered when there is no model of the name asked for


def reachable() -> bool:
    """Whether the Hub answers within three seconds and may be asked."""
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
    """The folder of a Hub model that is whole in the Hub's own cache; costs no network."""
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
                if whole(folder):
                    return folder
    return None


def fetch(entry: Entry, folder: Path, watch: Watch) -> None:
    """Put a catalogue entry's pinned files into `folder`, verified by their sha256.

    Raises:
        UnreachableError, DownloadError, ChecksumError, DiskFullError, Cancelled.
    """
    from huggingface_hub import hf_hub_url

    assert entry.hub
    need_space(folder, entry.size_bytes)
    meter = Meter(f"Downloading {entry.title}", entry.size_bytes)
    with _said_plainly(entry.hub):
        for file in entry.files:
            url = hf_hub_url(entry.hub, file.hub_path or file.path, revision=entry.revision)
            target = folder / file.path
            download(url, target, file.sha256, meter, watch, _headers(), file.path, file.size)
            meter.before += file.size


def plan(entry: Entry) -> Plan:
    """What bringing this model would take, as the Hub tells it now.

    Raises:
        ModelError: no such model, no rights, no weights that may be loaded.
        UnreachableError, DownloadError.
    """
    assert entry.hub
    request = None
    with _said_plainly(entry.hub):
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
    owner = engine_for_listing(names)
    assert owner
    card = info.card_data
    licence = card.get("license") if card else None
    return Plan(
        repo=entry.hub,
        commit=str(info.sha),
        engine_name=owner.name,
        files=files,
        licence=str(licence or ""),
        parameters=info.safetensors.total if info.safetensors else None,
        gated=bool(info.gated),
        private=bool(info.private),
        pull_request=request,
        companions=tuple(
            plan(companion(*pinned)) for pinned in owner.companions(info.config or {})
        ),
    )


def _info(repo: str, revision: str | None) -> Any:
    from huggingface_hub import HfApi

    return HfApi(token=visitor.token()).model_info(
        repo, revision=revision, files_metadata=True, timeout=ANSWER_SECONDS
    )


def _siblings(info: Any) -> dict[str, Any]:
    return {one.rfilename: one for one in info.siblings or []}


def _conversion(repo: str) -> int | None:
    """The number of the open pull request in which the Hub's bot offers safetensors."""
    from huggingface_hub import HfApi, errors

    with suppress(errors.HfHubHTTPError):  # a repository may have its discussions closed
        for one in HfApi(token=visitor.token()).get_repo_discussions(
            repo, author=CONVERTER, discussion_type="pull_request", discussion_status="open"
        ):
            asked = (one.author, one.title, one.status, one.is_pull_request)
            if asked == (CONVERTER, CONVERSION, "open", True):
                return int(one.num)
    return None


def bring(wanted: Plan, entry: Entry, watch: Watch, check: Check | None) -> Path:
    """Fetch what is planned into the Hub's cache; returns the model's folder there.

    `check` gets the folder once the small files are there and before the weights come: a model
    that cannot be loaded need not be downloaded.

    Raises:
        ModelError: no rights, or whatever `check` says.
        UnreachableError, DownloadError, ChecksumError, DiskFullError, Cancelled.
    """
    need_space(_storage(wanted.repo, _cache(wanted)), _missing_bytes(wanted))
    meter = Meter(f"Downloading {entry.title}", wanted.size_bytes)
    for one in wanted.companions:
        _bring(one, one.commit, meter, watch, None)
    revision = CONVERTED if wanted.pull_request else entry.revision or "main"
    return _bring(wanted, revision, meter, watch, check)


def _bring(wanted: Plan, revision: str, meter: Meter, watch: Watch, check: Check | None) -> Path:
    from huggingface_hub import hf_hub_download, hf_hub_url

    cache = _cache(wanted)
    storage = _storage(wanted.repo, cache)
    folder = storage / "snapshots" / wanted.commit
    with _said_plainly(wanted.repo):
        for file in wanted.files:
            if check and wanted.engine.is_weights(file.path):
                if wanted.engine.checks_config:
                    watch.tell(Progress("loading", f"Checking whether {wanted.repo} fits the task"))
                    check(folder)
                check = None
            if not (folder / file.path).exists():
                url = hf_hub_url(wanted.repo, file.path, revision=wanted.commit)
                blob = storage / "blobs" / file.digest
                download(url, blob, file.digest, meter, watch, _headers(), file.path, file.size)
                # Finds the blob and links it into the snapshot, in the way this disk allows.
                hf_hub_download(
                    wanted.repo,
                    file.path,
                    revision=wanted.commit,
                    cache_dir=cache,
                    token=visitor.token(),
                )
            meter.before += file.size
    if not COMMIT.fullmatch(revision):
        name = storage / "refs" / revision
        name.parent.mkdir(parents=True, exist_ok=True)
        name.write_text(wanted.commit)
    return folder


def companion(repo: str, revision: str) -> Entry:
    """What another model cannot work without, as an entry of its own."""
    return Entry(repo, repo, (), "transformers", "", 0, 0, (), "", "", hub=repo, revision=revision)


def _missing_bytes(wanted: Plan) -> int:
    folder = _storage(wanted.repo, _cache(wanted)) / "snapshots" / wanted.commit
    own = sum(file.size for file in wanted.files if not (folder / file.path).exists())
    return own + sum(_missing_bytes(one) for one in wanted.companions)


def _digest(sibling: Any) -> str:
    return str(sibling.lfs["sha256"] if sibling.lfs else sibling.blob_id)


def _storage(repo: str, cache: Path) -> Path:
    """The repository's place in a cache of the Hub; its layout is documented and stable."""
    return cache / f"models--{repo.replace('/', '--')}"


def _cache(wanted: Plan) -> Path:
    """The cache of all, or the visitor's for what not everybody may have."""
    common, *own = visitor.caches()
    return own[0] if own and (wanted.gated or wanted.private) else common


def _headers() -> dict[str, str]:
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # exported without __all__

    return dict(build_hf_headers(token=visitor.token()))


@contextmanager
def _said_plainly(model: str) -> Iterator[None]:
    """Turn the client's errors into ours."""
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
    except httpx2.HTTPError as error:
        raise DownloadError(f"The Hub did not answer about {model}.", "Try again later.") from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFullError("The disk is full.", "Delete something, or set HF_HOME.") from error
        raise


def _answered(model: str, error: Any) -> DownloadError:
    status, wait = error.response.status_code, error.response.headers.get("Retry-After", "")
    if status == 429:
        soon = f"in {wait} s" if wait.isdigit() else "later"
        return DownloadError("The Hub has been asked too often.", f"Try again {soon}.")
    return DownloadError(f"The Hub answered {status} about {model}.", "Try again later.")


def _advice(model: str) -> str:
    """Names like the one that is not there."""
    from huggingface_hub import HfApi

    try:
        words = model.rpartition("/")[2]
        found = [m.id for m in HfApi().list_models(search=words, sort="downloads", limit=SIMILAR)]
    except Exception:  # only advice: the error that matters is raised by the caller
        found = []
    meant = f"Did you mean {' or '.join(found)}? " if found else ""
    return f"{meant}Check the spelling; for a private model set HF_TOKEN or sign in."
