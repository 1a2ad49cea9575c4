"""The Hub as a source: its client for metadata and the cache's layout, our download for the files.

huggingface_hub 2.4 discards a partial download when it is interrupted or killed, and verifies
sizes but no digests. So `download`, which resumes and verifies, writes each blob into the Hub's
cache; the client then finds it there and links it into the snapshot. HF_TOKEN, HF_HOME, HF_ENDPOINT
and HF_HUB_OFFLINE keep their usual meaning, and other programs share the files. Pickles and code
are never downloaded.
"""

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from pipelines.catalogue import Entry
from pipelines.engines import engine_for_listing
from pipelines.parse_json import parse_json
from pipelines.progress import Meter, Progress
from pipelines.run import tell
from pipelines.store import visitor, widget
from pipelines.store.download import download, need_space
from pipelines.store.hub_cache import COMMIT, CONVERTED, companion, storage_of
from pipelines.store.hub_errors import user_error
from pipelines.store.locks import hub_lock, locked
from pipelines.store.plan import PICKLED, Check, Plan, Wanted, needed, refusal
from pipelines.store.verify import Verifier

CONFIG = "config.json"
LARGEST_CONFIG = 1_000_000
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,8})?")
LONGEST_LICENCE = 100  # characters
CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 10.0
# The Hub's bot opens pull requests with safetensors weights; many authors never merged them.
CONVERTER = "SFconvertbot"
CONVERSION = "Adding `safetensors` variant of this model"


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


def fetch(entry: Entry, folder: Path) -> None:
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
            download(url, target, file.sha256, meter, _headers(), file.path, file.size)
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
    owner = engine_for_listing(names)
    assert owner
    card = info.card_data.to_dict() if info.card_data else {}
    return Plan(
        repo=entry.hub,
        commit=str(info.sha),
        engine_name=owner.name,
        files=files,
        licence=str(card.get("license") or "")[:LONGEST_LICENCE],
        parameters=info.safetensors.total if info.safetensors else None,
        gated=bool(info.gated),
        private=bool(info.private),
        pull_request=request,
        languages=_languages(card.get("language")),
        examples=widget.examples(card),
        companions=tuple(
            plan(companion(*pinned)) for pinned in owner.companions(info.config or {})
        ),
    )


def config(wanted: Plan) -> dict[str, Any]:
    """A model's config.json, read without keeping it; {} where it has none.

    Raises:
        ModelError, UnreachableError, DownloadError.
    """
    import httpx2
    from huggingface_hub import hf_hub_url

    size = next((one.size for one in wanted.files if one.path == CONFIG), 0)
    if not 0 < size <= LARGEST_CONFIG:
        return {}
    url = hf_hub_url(wanted.repo, CONFIG, revision=wanted.commit)
    with user_error(wanted.repo):
        answer = httpx2.get(url, headers=_headers(), timeout=ANSWER_SECONDS, follow_redirects=True)
        answer.raise_for_status()
        try:
            read = parse_json(answer.content[:LARGEST_CONFIG])
        except ValueError:
            return {}
    return read if isinstance(read, dict) else {}


def _languages(given: Any) -> tuple[str, ...]:
    """The codes of languages that a card names."""
    listed = [given] if isinstance(given, str) else given if isinstance(given, list) else []
    return tuple(one for one in listed if isinstance(one, str) and LANGUAGE.fullmatch(one))


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


def bring(wanted: Plan, entry: Entry, check: Check | None, verifier: Verifier) -> Path:
    """Download what is planned into the Hub's cache; returns the snapshot folder.

    `check` gets that folder when the small files are there, before the weights: a model that
    cannot be loaded is not downloaded. A lock keeps other processes out of the repository.

    Raises:
        ModelError: no access, or whatever `check` raises.
        UnreachableError, DownloadError, ChecksumError, DiskFullError, Cancelled.
        OSError: the cache cannot be written.
    """
    need_space(storage_of(wanted.repo, _cache(wanted)), _missing_bytes(wanted))
    meter = Meter(f"Downloading {entry.title}", wanted.size_bytes)
    for one in wanted.companions:
        _bring(one, one.commit, meter, None, verifier)
    revision = CONVERTED if wanted.pull_request else entry.revision or "main"
    return _bring(wanted, revision, meter, check, verifier)


def _bring(
    wanted: Plan,
    revision: str,
    meter: Meter,
    check: Check | None,
    verifier: Verifier,
) -> Path:
    from huggingface_hub import hf_hub_download, hf_hub_url

    cache = _cache(wanted)
    storage = storage_of(wanted.repo, cache)
    folder = storage / "snapshots" / wanted.commit
    size = sum(file.size for file in wanted.files)
    lock = locked(hub_lock(storage), wanted.repo, lambda: _here(wanted), size)
    with user_error(wanted.repo), lock:
        for file in wanted.files:
            if check and wanted.engine.is_weights(file.path):
                if wanted.engine.checks_config:
                    tell(Progress("loading", f"Checking whether {wanted.repo} fits the task"))
                    check(folder)
                check = None
            digest = {folder / file.path: file.digest}
            if verifier.damaged(digest, wanted.repo):
                (folder / file.path).unlink(missing_ok=True)
                url = hf_hub_url(wanted.repo, file.path, revision=wanted.commit)
                blob = storage / "blobs" / file.digest
                download(url, blob, file.digest, meter, _headers(), file.path, file.size)
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


def _missing_bytes(wanted: Plan) -> int:
    folder = storage_of(wanted.repo, _cache(wanted)) / "snapshots" / wanted.commit
    own = sum(file.size for file in wanted.files if not (folder / file.path).exists())
    return own + sum(_missing_bytes(one) for one in wanted.companions)


def _here(wanted: Plan) -> int:
    """How many bytes of the planned files are on disk, partial ones included."""
    blobs = storage_of(wanted.repo, _cache(wanted)) / "blobs"
    found = 0
    for file in wanted.files:
        for name in (file.digest, f"{file.digest}.part"):
            with suppress(OSError):
                found += (blobs / name).stat().st_size
    return found


def _digest(sibling: Any) -> str:
    return str(sibling.lfs["sha256"] if sibling.lfs else sibling.blob_id)


def _cache(wanted: Plan) -> Path:
    """The shared cache, or the visitor's own for gated and private models."""
    common, *own = visitor.caches()
    return own[0] if own and (wanted.gated or wanted.private) else common


def _headers() -> dict[str, str]:
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # exported without __all__

    return dict(build_hf_headers(token=visitor.token()))
