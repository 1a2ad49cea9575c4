"""The test Hub against the real client: what huggingface_hub asks, it understands the answer to."""

import hashlib
import json
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from huggingface_hub import HfApi, constants, hf_hub_download, snapshot_download
from huggingface_hub.errors import (
    DisabledRepoError,
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from tests.hub import Hub

HEADER = json.dumps({"w": {"dtype": "F32", "shape": [4, 8], "data_offsets": [0, 128]}}).encode()
WEIGHTS = struct.pack("<Q", len(HEADER)) + HEADER + bytes(range(128))
BIG = bytes(i * 7 % 251 for i in range(300_000))
FILES = {
    "config.json": b'{"model_type": "bert", "architectures": ["BertModel"]}',
    "model.safetensors": WEIGHTS,
    "1_Pooling/config.json": b'{"pooling_mode_mean_tokens": true}',
}


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as hub:
        yield hub


@pytest.fixture
def api(hub: Hub) -> HfApi:
    return HfApi(endpoint=hub.url, token=False)


def fetch(hub: Hub, repo_id: str, filename: str, folder: Path, **options: Any) -> Path:
    options = {"token": False, **options}
    path: str = hf_hub_download(repo_id, filename, endpoint=hub.url, cache_dir=folder, **options)
    return Path(path)


def test_model_info_tells_sizes_hashes_licence_and_parameters(hub: Hub, api: HfApi) -> None:
    commit = hub.publish(
        "ada/tiny", FILES, pipeline_tag="feature-extraction", license="mit", languages=("en",)
    )
    info = api.model_info("ada/tiny", files_metadata=True)
    assert (info.id, info.sha, info.author) == ("ada/tiny", commit, "ada")
    assert (info.pipeline_tag, info.library_name) == ("feature-extraction", "transformers")
    assert info.card_data is not None
    assert info.card_data.license == "mit"
    assert {"license:mit", "safetensors", "bert", "en"} <= set(info.tags or ())
    assert info.gated is False
    assert info.private is False
    assert info.safetensors is not None
    assert info.safetensors.total == 32
    assert info.config == {"model_type": "bert", "architectures": ["BertModel"]}
    siblings = {sibling.rfilename: sibling for sibling in info.siblings or ()}
    assert {name: siblings[name].size for name in FILES} == {k: len(v) for k, v in FILES.items()}
    lfs = siblings["model.safetensors"].lfs
    assert lfs is not None
    assert lfs["sha256"] == hashlib.sha256(WEIGHTS).hexdigest()
    assert siblings["config.json"].lfs is None


def test_a_tree_is_read_over_several_pages(hub: Hub, api: HfApi) -> None:
    hub.publish("ada/tiny", {f"part-{n:02d}.txt": b"x" for n in range(25)} | FILES)
    hub.page_size = 10
    paths = [entry.path for entry in api.list_repo_tree("ada/tiny", recursive=True)]
    assert len(paths) == len(set(paths)) == 25 + len(FILES) + 1  # and the folder 1_Pooling
    top = [entry.path for entry in api.list_repo_tree("ada/tiny")]
    assert "1_Pooling" in top
    assert "1_Pooling/config.json" not in top
    inside = [entry.path for entry in api.list_repo_tree("ada/tiny", "1_Pooling")]
    assert inside == ["1_Pooling/config.json"]


def test_paths_info_tells_of_the_named_files_only(hub: Hub, api: HfApi) -> None:
    hub.publish("ada/tiny", FILES)
    found = api.get_paths_info("ada/tiny", ["model.safetensors", "absent.json"])
    assert [entry.path for entry in found] == ["model.safetensors"]
    assert api.file_exists("ada/tiny", "config.json")
    assert not api.file_exists("ada/tiny", "absent.json")


def test_search_filters_sorts_limits_and_pages(hub: Hub, api: HfApi) -> None:
    for n in range(12):
        task = "translation" if n % 2 else "text-classification"
        hub.publish(f"ada/model-{n}", FILES, pipeline_tag=task, downloads=n)
    hub.publish("bob/other", FILES, pipeline_tag="translation", private=True)
    found = list(api.list_models(search="MODEL", pipeline_tag="translation", sort="downloads"))
    assert [model.id for model in found] == [f"ada/model-{n}" for n in (11, 9, 7, 5, 3, 1)]
    assert (found[0].downloads, found[0].likes) == (11, 10)
    hub.page_size = 5
    assert len(list(api.list_models())) == 12
    assert len(list(api.list_models(limit=7))) == 7
    full = next(iter(api.list_models(author="ada", cardData=True, full=True)))
    assert full.card_data is not None
    assert full.siblings is not None
    picked = next(iter(api.list_models(expand=["safetensors", "gated"], sort="likes")))
    assert picked.safetensors is not None
    assert picked.downloads is None
    assert not list(api.list_models(filter="gguf"))


def test_a_snapshot_comes_whole_with_hashes_as_blob_names(hub: Hub, tmp_path: Path) -> None:
    commit = hub.publish("ada/tiny", FILES)
    folder = Path(snapshot_download("ada/tiny", endpoint=hub.url, cache_dir=tmp_path, token=False))
    assert folder.name == commit
    assert {p: (folder / p).read_bytes() for p in FILES} == FILES
    blobs = {path.name for path in (folder.parent.parent / "blobs").iterdir()}
    assert hashlib.sha256(WEIGHTS).hexdigest() in blobs
    content = FILES["config.json"]
    assert hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest() in blobs


def test_only_the_wanted_files_are_fetched(hub: Hub, tmp_path: Path) -> None:
    hub.publish("ada/tiny", FILES | {"pytorch_model.bin": BIG})
    wanted = ["*.json", "*.safetensors"]
    snapshot_download(
        "ada/tiny", endpoint=hub.url, cache_dir=tmp_path, allow_patterns=wanted, token=False
    )
    assert hub.fetched("model.safetensors") == [None]
    assert not any("pytorch_model.bin" in request.path for request in hub.requests)


def test_main_moves_and_a_pinned_revision_stays(hub: Hub, api: HfApi, tmp_path: Path) -> None:
    first = hub.publish("ada/tiny", {"config.json": b"{}"}, tag="v1")
    second = hub.publish("ada/tiny", {"config.json": b'{"new": 1}'})
    assert first != second
    assert api.model_info("ada/tiny").sha == second
    assert api.model_info("ada/tiny", revision="v1").sha == first
    assert fetch(hub, "ada/tiny", "config.json", tmp_path).read_bytes() == b'{"new": 1}'
    assert fetch(hub, "ada/tiny", "config.json", tmp_path, revision=first).read_bytes() == b"{}"
    with pytest.raises(RevisionNotFoundError):
        fetch(hub, "ada/tiny", "config.json", tmp_path, revision="v2")


def test_what_is_not_there_is_told_apart(hub: Hub, api: HfApi, tmp_path: Path) -> None:
    hub.publish("ada/tiny", FILES)
    hub.publish("ada/shut", FILES, disabled=True)
    hub.grant("hf_any")
    with pytest.raises(RepositoryNotFoundError):
        api.model_info("ada/absent")
    with pytest.raises(RepositoryNotFoundError) as caught:
        api.model_info("ada/absent", token="hf_any")
    assert caught.value.response.status_code == 404
    with pytest.raises(EntryNotFoundError):
        fetch(hub, "ada/tiny", "absent.json", tmp_path)
    with pytest.raises(DisabledRepoError):
        api.model_info("ada/shut")
    hub.remove("ada/tiny")
    with pytest.raises(RepositoryNotFoundError):
        api.model_info("ada/tiny")


def test_a_gated_model_opens_to_those_with_access(hub: Hub, api: HfApi, tmp_path: Path) -> None:
    hub.publish("ada/gated", FILES, gated=True)
    hub.grant("hf_no", user="bob")
    hub.grant("hf_yes", "ada/gated")
    assert api.model_info("ada/gated").gated == "auto"
    for token, status in ((False, 401), ("hf_no", 403)):
        with pytest.raises(GatedRepoError) as caught:
            fetch(hub, "ada/gated", "config.json", tmp_path, token=token)
        assert caught.value.response.status_code == status
    assert fetch(hub, "ada/gated", "config.json", tmp_path, token="hf_yes").is_file()


def test_a_private_model_is_absent_to_others(hub: Hub, api: HfApi) -> None:
    hub.publish("ada/private", FILES, private=True)
    hub.grant("hf_yes", "ada/private")
    with pytest.raises(RepositoryNotFoundError):
        api.model_info("ada/private")
    assert api.model_info("ada/private", token="hf_yes").private


def test_whoami_knows_its_tokens_and_refuses_others(hub: Hub, api: HfApi) -> None:
    hub.grant("hf_yes", user="bob")
    assert api.whoami(token="hf_yes")["name"] == "bob"
    with pytest.raises(HfHubHTTPError, match="Invalid user token"):
        api.whoami(token="hf_wrong")


def test_a_token_does_not_follow_the_redirect_to_another_host(hub: Hub, tmp_path: Path) -> None:
    hub.publish("ada/gated", FILES, gated=True)
    hub.grant("hf_yes", "ada/gated")
    fetch(hub, "ada/gated", "model.safetensors", tmp_path, token="hf_yes")
    content = [request for request in hub.requests if request.path.startswith("/cdn/")]
    assert content
    assert all(request.token is None and request.host == "localhost" for request in content)


@pytest.mark.parametrize(
    ("asked", "status", "start", "stop"),
    [
        ("bytes=10-19", 206, 10, 20),
        ("bytes=299990-", 206, 299_990, 300_000),
        ("bytes=-5", 206, 299_995, 300_000),
        ("bytes=5-999999", 206, 5, 300_000),
        ("bytes=300000-", 416, 0, 0),
    ],
)
def test_ranges(hub: Hub, asked: str, status: int, start: int, stop: int) -> None:
    hub.publish("ada/big", {"model.gguf": BIG})
    url = f"{hub.url}/ada/big/resolve/main/model.gguf"
    answer = httpx.get(url, headers={"Range": asked}, follow_redirects=True)
    assert answer.status_code == status
    assert answer.content == BIG[start:stop]
    if status == 206:
        assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(BIG)}"


def test_a_cut_transfer_is_resumed_by_the_client_with_a_range(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The client keeps whole chunks only, 10 MB each, so this small file needs smaller ones.
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 20_000)
    hub.publish("ada/big", {"model.gguf": BIG})
    hub.cut("model.gguf", after_bytes=100_000)
    assert fetch(hub, "ada/big", "model.gguf", tmp_path).read_bytes() == BIG
    assert hub.fetched("model.gguf") == [None, "bytes=100000-"]


def test_a_busy_server_says_when_to_come_back(hub: Hub, api: HfApi, tmp_path: Path) -> None:
    hub.publish("ada/tiny", FILES)
    hub.fail("/cdn/", status=429, retry_after=0, method="GET")
    assert fetch(hub, "ada/tiny", "model.safetensors", tmp_path).read_bytes() == WEIGHTS
    hub.fail("/api/models/ada/tiny", status=429, retry_after=7)
    with pytest.raises(HfHubHTTPError) as caught:
        api.model_info("ada/tiny")
    assert caught.value.response.headers["Retry-After"] == "7"


def test_a_failing_server_recovers_after_the_told_times(hub: Hub, api: HfApi) -> None:
    hub.publish("ada/tiny", FILES)
    hub.fail("/api/models/ada/tiny", status=503, times=2)
    for _ in range(2):
        with pytest.raises(HfHubHTTPError, match="503"):
            api.model_info("ada/tiny")
    assert api.model_info("ada/tiny").id == "ada/tiny"


def test_a_slow_transfer_keeps_to_its_rate_and_ends_with_the_server(tmp_path: Path) -> None:
    with Hub() as hub:
        hub.publish("ada/big", {"model.gguf": BIG})
        hub.slow("model.gguf", bytes_per_second=600_000)
        start = time.monotonic()
        fetch(hub, "ada/big", "model.gguf", tmp_path / "whole")
        assert 0.4 < time.monotonic() - start < 2
        hub.heal()
        hub.slow("model.gguf", bytes_per_second=1000)
        failed: list[Exception] = []

        def fetch_slowly() -> None:
            try:
                httpx.get(f"{hub.url}/ada/big/resolve/main/model.gguf", follow_redirects=True)
            except httpx.HTTPError as error:
                failed.append(error)

        thread = threading.Thread(target=fetch_slowly)
        hub.requests.clear()
        thread.start()
        hub.wait_for("/cdn/")
    thread.join(5)
    assert not thread.is_alive()
    assert failed


def test_a_corrupt_file_keeps_its_size_and_its_promised_hash(hub: Hub, tmp_path: Path) -> None:
    hub.publish("ada/tiny", FILES)
    hub.corrupt("model.safetensors")
    content = fetch(hub, "ada/tiny", "model.safetensors", tmp_path).read_bytes()
    assert len(content) == len(WEIGHTS)
    assert sum(a != b for a, b in zip(content, WEIGHTS, strict=True)) == 1


def test_a_delayed_answer_runs_into_the_clients_timeout(hub: Hub, api: HfApi) -> None:
    hub.publish("ada/tiny", FILES)
    hub.delay("/api/models/", seconds=5, times=1)
    start = time.monotonic()
    with pytest.raises(Exception, match="timed out"):
        api.model_info("ada/tiny", timeout=0.3)
    assert time.monotonic() - start < 2


def test_a_stopped_server_leaves_what_the_cache_holds(hub: Hub, api: HfApi, tmp_path: Path) -> None:
    hub.publish("ada/tiny", FILES)
    first = fetch(hub, "ada/tiny", "config.json", tmp_path)
    hub.stop()
    assert fetch(hub, "ada/tiny", "config.json", tmp_path) == first
    with pytest.raises(Exception, match=r"refused|disconnected"):
        api.model_info("ada/tiny")


def test_a_bare_model_name_works_like_one_with_an_owner(hub: Hub, api: HfApi) -> None:
    commit = hub.publish("tiny", FILES)
    assert api.model_info("tiny", revision=commit).id == "tiny"
    assert [e.path for e in api.list_repo_tree("tiny", "1_Pooling")] == ["1_Pooling/config.json"]
