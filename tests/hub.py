"""A model hub on loopback: the protocol of huggingface.co as huggingface_hub 2.4 speaks it.

    with Hub() as hub:
        commit = hub.publish("ada/tiny", {"config.json": b"{}"}, pipeline_tag="translation")
        hub.cut("model.safetensors", after_bytes=1000)
        snapshot_download("ada/tiny", endpoint=hub.url, cache_dir=folder)
        assert hub.fetched("model.safetensors") == [None, "bytes=1000-"]

Knows publishing, tokens and their rights, a log of the requests, and the faults a test asks for.
What is served lies in hub_content.py, how it is answered in hub_handler.py. There are no Xet
headers, so the client downloads over plain HTTP. As on the real Hub, large files are redirected
to another host (here "localhost" instead of "127.0.0.1"), so that tokens must not follow them.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from tests.hub_content import Repo, Revision, read_folder
from tests.hub_handler import HubHandler


@dataclass(frozen=True)
class Request:
    """One request as it arrived; the path includes its query."""

    method: str
    path: str
    range: str | None
    token: str | None
    host: str


@dataclass
class Fault:
    """What goes wrong with requests whose path contains a text, until it has happened `times`."""

    kind: str
    path_substring: str
    times: float
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Token:
    user: str
    granted: frozenset[str]  # ids of the gated and private repositories it may read


class Hub:
    """The server, from `with Hub() as hub` to the end of the block."""

    def __init__(self, page_size: int = 1000) -> None:
        self.page_size = page_size  # entries on one page of a tree or a search
        self.repos: dict[str, Repo] = {}
        self.requests: list[Request] = []
        self.tokens: dict[str, Token] = {}
        self.stopping = threading.Event()
        self.connections: set[socket.socket] = set()
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        hub: Hub = self

        class Handler(HubHandler):
            world = hub

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False  # a slow transfer must not hold up the end of a test
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Go off the network; later requests are refused. Twice does no harm."""
        if not self.stopping.is_set():
            self.stopping.set()
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            for connection in list(self.connections):  # kept alive, or in the middle of a transfer
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def cdn_url(self) -> str:
        return f"http://localhost:{self.port}"

    # --- what is there -----------------------------------------------------------------------

    def publish(
        self,
        repo_id: str,
        content: Path | Mapping[str, bytes],
        *,
        pipeline_tag: str | None = None,
        license: str | None = "apache-2.0",
        library_name: str | None = "transformers",
        languages: tuple[str, ...] = (),
        tags: tuple[str, ...] = (),
        card: Mapping[str, Any] | None = None,
        downloads: int = 100,
        likes: int = 10,
        gated: str | bool = False,
        private: bool = False,
        disabled: bool = False,
        tag: str | None = None,
        commit: str | None = None,
    ) -> str:
        """Add a commit with exactly these files; `main` moves to it. Returns the commit's sha.

        The sha is made from the files unless it is given as `commit`.
        """
        files = read_folder(content) if isinstance(content, Path) else content
        facts = {
            "pipeline_tag": pipeline_tag,
            "license": license,
            "library_name": library_name,
            "languages": languages,
            "tags": tags,
            "card": dict(card or {}),
            "downloads": downloads,
            "likes": likes,
        }
        gated = "auto" if gated is True else gated
        with self._lock:
            repo = self.repos.setdefault(repo_id, Repo(repo_id, facts))
            repo.facts, repo.gated, repo.private, repo.disabled = facts, gated, private, disabled
            parent = repo.refs.get("main", repo_id)
            revision = Revision.of(files, parent, len(repo.revisions) + 1)
            revision = replace(revision, commit=commit or revision.commit)
            repo.revisions.append(revision)
            repo.refs["main"] = revision.commit
            if tag:
                repo.refs[tag] = revision.commit
        return revision.commit

    def propose(
        self,
        repo_id: str,
        files: Mapping[str, bytes],
        title: str,
        *,
        author: str = "SFconvertbot",
        status: str = "open",
    ) -> str:
        """Open a pull request whose commit has exactly these files. Returns the commit's sha."""
        with self._lock:
            repo = self.repos[repo_id]
            number = len(repo.discussions) + 1
            revision = Revision.of(files, repo.refs["main"], len(repo.revisions) + 1)
            repo.revisions.insert(0, revision)  # the last one is main's
            repo.refs[f"refs/pr/{number}"] = revision.commit
            form = {"num": number, "title": title, "author": {"name": author}, "status": status}
            form |= {"repo": {"name": repo_id, "type": "model"}, "isPullRequest": True}
            repo.discussions.append(form | {"createdAt": revision.date})
        return revision.commit

    def remove(self, repo_id: str) -> None:
        """Delete a repository: from now on it was never there."""
        with self._lock:
            del self.repos[repo_id]

    def grant(self, token: str, *repo_ids: str, user: str = "ada") -> None:
        """Make a token valid, with access to these gated or private repositories."""
        self.tokens[token] = Token(user, frozenset(repo_ids))

    # --- what goes wrong ---------------------------------------------------------------------

    def fail(
        self,
        path_substring: str,
        status: int = 503,
        times: float = 1,
        retry_after: int | None = None,
        method: str | None = None,
    ) -> None:
        """Answer with an error status, e.g. 429 with Retry-After, `times` times."""
        facts = {"status": status, "retry_after": retry_after, "method": method}
        self._add("fail", path_substring, times, facts)

    def delay(self, path_substring: str, seconds: float, times: float = float("inf")) -> None:
        """Wait before answering, as an overloaded or unreachable server does."""
        self._add("delay", path_substring, times, {"seconds": seconds})

    def slow(self, path_substring: str, bytes_per_second: float) -> None:
        """Send file contents at this rate."""
        rate = {"bytes_per_second": bytes_per_second}
        self._add("slow", path_substring, float("inf"), rate)

    def cut(self, path_substring: str, after_bytes: int, times: float = 1) -> None:
        """Close the connection after this many bytes of a file's content."""
        self._add("cut", path_substring, times, {"after_bytes": after_bytes})

    def corrupt(self, path_substring: str, times: float = float("inf")) -> None:
        """Send one wrong byte in the middle of the file; size, ETag and sha256 stay as promised."""
        self._add("corrupt", path_substring, times, {})

    def heal(self) -> None:
        """End all faults."""
        with self._lock:
            self._faults.clear()

    def _add(self, kind: str, path_substring: str, times: float, facts: dict[str, Any]) -> None:
        with self._lock:
            self._faults.append(Fault(kind, path_substring, times, facts))

    def take_fault(self, kind: str, path: str, method: str) -> dict[str, Any] | None:
        """The facts of a fault that happens to this request, counted down once."""
        with self._lock:
            for fault in self._faults:
                wanted = fault.facts.get("method") in (None, method)
                if fault.kind == kind and fault.path_substring in path and wanted:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                    return fault.facts
        return None

    # --- what happened -----------------------------------------------------------------------

    def log(self, request: Request) -> None:
        with self._lock:
            self.requests.append(request)

    def fetched(self, path_substring: str) -> list[str | None]:
        """The Range header (or None) of each GET that asked for a large file's content."""
        with self._lock:
            requests = list(self.requests)
        return [
            request.range
            for request in requests
            if request.method == "GET"
            and path_substring in request.path
            and request.path.startswith("/cdn/")
        ]

    def wait(self, seconds: float) -> None:
        """Sleep, but wake up when the server stops."""
        self.stopping.wait(seconds)

    def wait_for(self, path_substring: str, timeout: float = 10.0) -> Request:
        """The first GET whose path contains the text, waiting until it has arrived."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            with self._lock:
                for request in self.requests:
                    if request.method == "GET" and path_substring in request.path:
                        return request
            time.sleep(0.01)
        raise TimeoutError(f"No request for {path_substring} within {timeout} s.")
