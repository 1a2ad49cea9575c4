"""The test Hub's answers over HTTP: routes, rights, redirects, ranges, and the faults in them.

Knows the paths and headers that huggingface_hub 2.4 sends and reads, taken from its source
(hf_api.py, file_download.py, utils/_http.py). What is served comes from hub_content.py; which
repositories, tokens and faults there are is told by the Hub in hub.py.
"""

import json
import re
import socket
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from tests.hub_content import Entry, Repo, Revision

if TYPE_CHECKING:
    from tests.hub import Hub

ID = r"(?P<id>[^/]+(?:/[^/]+)?)"
INVALID_TOKEN = "Invalid credentials in Authorization header"
LISTED = {"_id", "id", "modelId", "author", "likes", "trendingScore", "private", "gated"} | {
    *("downloads", "tags", "pipeline_tag", "library_name", "createdAt", "lastModified", "sha")
}


class Refusal(Exception):
    """An answer that is an error, with the headers by which the client knows its kind."""

    def __init__(
        self, status: int, code: str | None, message: str, commit: str | None = None
    ) -> None:
        self.status, self.code, self.message, self.commit = status, code, message, commit


class HubHandler(BaseHTTPRequestHandler):
    """One connection. `world` is the Hub it answers for."""

    world: ClassVar["Hub"]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer()

    do_HEAD = do_POST = do_GET

    def setup(self) -> None:
        super().setup()
        self.world.connections.add(self.connection)

    def finish(self) -> None:
        self.world.connections.discard(self.connection)
        super().finish()

    def log_message(self, format: str, *args: object) -> None:
        """The Hub's own log takes the place of lines on stderr."""

    def _answer(self) -> None:
        from tests.hub import Request

        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length) if length else b""
        bearer = (self.headers.get("Authorization") or "").removeprefix("Bearer ").strip()
        self.token = bearer or None
        host = (self.headers.get("Host") or "").partition(":")[0]
        method, path, hub = self.command, self.path, self.world
        hub.log(Request(method, path, self.headers.get("Range"), self.token, host))
        try:
            if delay := hub.take_fault("delay", path, method):
                hub.wait(delay["seconds"])
            if fault := hub.take_fault("fail", path, method):
                wait = fault["retry_after"]
                extra = {} if wait is None else {"Retry-After": str(wait)}
                return self._send_json(fault["status"], {"error": "A fault of the test"}, extra)
            self._route()
        except Refusal as refusal:
            headers = {"X-Error-Message": refusal.message}
            if refusal.code:
                headers["X-Error-Code"] = refusal.code
            if refusal.commit:
                headers["X-Repo-Commit"] = refusal.commit
            self._send_json(refusal.status, {"error": refusal.message}, headers)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the client cancelled

    def _route(self) -> None:
        parts = urlsplit(self.path)
        self.query = parse_qs(parts.query, keep_blank_values=True)
        routes: tuple[tuple[str, Callable[..., None]], ...] = (
            (r"/api/whoami-v2", self._whoami),
            (r"/api/models", self._search),
            (rf"/api/models/{ID}", self._info),
            (rf"/api/models/{ID}/discussions", self._discussions),
            (rf"/api/models/{ID}/revision/(?P<rev>[^/]+)", self._info),
            (rf"/api/models/{ID}/tree/(?P<rev>[^/]+)(?:/(?P<path>.+))?", self._tree),
            (rf"/api/models/{ID}/paths-info/(?P<rev>[^/]+)", self._paths_info),
            (rf"/api/resolve-cache/models/{ID}/(?P<rev>[^/]+)/(?P<path>.+)", self._content),
            (rf"/cdn/{ID}/(?P<rev>[^/]+)/(?P<path>.+)", self._content),
            (rf"/{ID}/resolve/(?P<rev>[^/]+)/(?P<path>.+)", self._resolve),
        )
        # A whole "owner/name" is tried before a route that would read "name" as a bare id.
        for pattern, answer in sorted(routes, key=lambda route: -len(route[0])):
            if match := re.fullmatch(pattern, parts.path):
                found = {key: unquote(value) for key, value in match.groupdict().items() if value}
                return answer(**found)
        raise Refusal(404, None, "Sorry, we can't find the page you are looking for.")

    # --- rights ------------------------------------------------------------------------------

    def _repo(self, repo_id: str) -> Repo:
        repo = self.world.repos.get(repo_id)
        known = self.world.tokens.get(self.token or "")
        if self.token and not known:
            raise Refusal(401, None, INVALID_TOKEN)
        if repo is None or (repo.private and not (known and repo_id in known.granted)):
            # Without a token the real Hub does not say whether the repository exists.
            raise Refusal(404 if known else 401, "RepoNotFound", "Repository not found")
        if repo.disabled:
            raise Refusal(403, None, "Access to this resource is disabled.")
        return repo

    def _revision(self, repo: Repo, revision: str) -> Revision:
        found = repo.at(revision)
        if found is None:
            raise Refusal(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return found

    def _entry(self, id: str, rev: str, path: str) -> tuple[Repo, Revision, Entry]:
        repo = self._repo(id)
        if repo.gated:
            known = self.world.tokens.get(self.token or "")
            if known is None:
                text = f"Access to model {id} is restricted. You must have access to it and be"
                raise Refusal(401, "GatedRepo", f"{text} authenticated to access it.")
            if id not in known.granted:
                text = f"Access to model {id} is restricted and you are not in the authorized list."
                raise Refusal(403, "GatedRepo", f"{text} Visit {self.world.url}/{id} to ask.")
        revision = self._revision(repo, rev)
        if path not in revision.entries:
            raise Refusal(404, "EntryNotFound", "Entry not found", revision.commit)
        return repo, revision, revision.entries[path]

    # --- the API -----------------------------------------------------------------------------

    def _whoami(self) -> None:
        known = self.world.tokens.get(self.token or "")
        if known is None:
            raise Refusal(401, None, INVALID_TOKEN)
        access = {"displayName": "test", "role": "read"}
        auth = {"type": "access_token", "accessToken": access}
        self._send_json(200, {"type": "user", "name": known.user, "orgs": [], "auth": auth})

    def _search(self) -> None:
        def one(name: str) -> str | None:
            return self.query.get(name, [None])[0]

        known = self.world.tokens.get(self.token or "")
        forms = []
        for repo in self.world.repos.values():
            if repo.private and not (known and repo.id in known.granted):
                continue
            form = repo.json(repo.revisions[-1])
            wanted = (
                (one("search") or "").lower() in repo.id.lower(),
                one("pipeline_tag") in (None, form["pipeline_tag"]),
                one("author") in (None, form["author"]),
                one("gated") in (None, str(bool(repo.gated)).lower()),
                set(self.query.get("filter", [])) <= set(form["tags"]),
            )
            if all(wanted):
                forms.append(form)
        sort = one("sort") or "trendingScore"
        forms.sort(key=lambda form: form.get(sort) or 0, reverse=True)
        fields = LISTED | ({"siblings", "safetensors"} if one("full") else set())
        fields |= {"cardData"} if one("cardData") else set()
        fields |= {"config"} if one("config") else set()
        if expand := self.query.get("expand"):
            fields = {"_id", "id", "modelId", *expand}
        listing = [{key: form[key] for key in form if key in fields} for form in forms]
        self._send_page(listing, int(one("limit") or self.world.page_size))

    def _info(self, id: str, rev: str = "main") -> None:
        repo = self._repo(id)
        form = repo.json(self._revision(repo, rev), blobs="blobs" in self.query)
        if expand := self.query.get("expand"):
            form = {key: form[key] for key in form if key in {"_id", "id", "modelId", *expand}}
        self._send_json(200, form)

    def _discussions(self, id: str) -> None:
        author = self.query.get("author", [""])[0]
        found = [one for one in self._repo(id).discussions if one["author"]["name"] == author]
        self._send_json(200, {"count": len(found), "start": 0, "discussions": found})

    def _tree(self, id: str, rev: str, path: str = "") -> None:
        revision = self._revision(self._repo(id), rev)
        flags = {
            name: self.query.get(name, [""])[0].lower() == "true"
            for name in ("recursive", "expand")
        }
        listing = revision.tree(path, **flags)
        if listing is None:
            raise Refusal(404, "EntryNotFound", f"{path} does not exist", revision.commit)
        self._send_page(listing, self.world.page_size)

    def _paths_info(self, id: str, rev: str) -> None:
        revision = self._revision(self._repo(id), rev)
        form = parse_qs(self.body.decode())
        expand = form.get("expand", [""])[0].lower() == "true"
        listing = revision.tree("", recursive=True, expand=expand) or []
        self._send_json(200, [entry for entry in listing if entry["path"] in form.get("paths", [])])

    # --- files -------------------------------------------------------------------------------

    def _resolve(self, id: str, rev: str, path: str) -> None:
        repo, revision, entry = self._entry(id, rev, path)
        where = f"{repo.id}/{revision.commit}/{quote(path)}"
        headers = {"X-Repo-Commit": revision.commit, "ETag": f'"{entry.etag}"'}
        headers |= {"Accept-Ranges": "bytes", "X-Linked-ETag": f'"{entry.etag}"'}
        headers |= {"X-Linked-Size": str(len(entry.data)), "Content-Length": "0"}
        if entry.large:
            self._send(302, headers | {"Location": f"{self.world.cdn_url}/cdn/{where}"})
        else:
            self._send(307, headers | {"Location": f"/api/resolve-cache/models/{where}"})

    def _content(self, id: str, rev: str, path: str) -> None:
        repo = self.world.repos.get(id)
        revision = repo.at(rev) if repo else None
        entry = revision.entries.get(path) if revision else None
        if entry is None:
            raise Refusal(404, "EntryNotFound", "Entry not found")
        size = len(entry.data)
        start, stop = self._range(size)
        headers = {"X-Repo-Commit": rev, "ETag": f'"{entry.etag}"', "Accept-Ranges": "bytes"}
        headers |= {"Content-Length": str(stop - start), "Content-Type": "binary/octet-stream"}
        if part := self.headers.get("Range"):
            if start >= stop:
                self._send(416, {"Content-Range": f"bytes */{size}", "Content-Length": "0"})
                return
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
        self._send(206 if part else 200, headers)
        if self.command == "GET":
            self._send_body(entry.data, start, stop)

    def _range(self, size: int) -> tuple[int, int]:
        match = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range") or "")
        if not match or match.groups() == ("", ""):
            return 0, size
        first, last = match.groups()
        if not first:
            return max(0, size - int(last)), size
        return int(first), min(int(last) + 1, size) if last else size

    def _send_body(self, data: bytes, start: int, stop: int) -> None:
        take = self.world.take_fault
        if data and take("corrupt", self.path, "GET") is not None:
            middle = len(data) // 2
            data = data[:middle] + bytes([data[middle] ^ 0xFF]) + data[middle + 1 :]
        cut = take("cut", self.path, "GET")
        end = min(stop, start + cut["after_bytes"]) if cut else stop
        slow = take("slow", self.path, "GET")
        rate = slow["bytes_per_second"] if slow else None
        step = max(1, int(rate / 20)) if rate else 1 << 16
        for position in range(start, end, step):
            if self.world.stopping.is_set():
                break
            chunk = data[position : min(position + step, end)]
            self.wfile.write(chunk)
            if rate:
                self.wfile.flush()
                self.world.wait(len(chunk) / rate)
        if cut or self.world.stopping.is_set():
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    # --- sending -----------------------------------------------------------------------------

    def _send(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _send_json(self, status: int, content: Any, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(content).encode()
        length = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        self._send(status, length | (headers or {}))
        if self.command != "HEAD":
            self.wfile.write(body)

    def _send_page(self, listing: list[dict[str, Any]], limit: int) -> None:
        start = int(self.query.get("cursor", ["0"])[0])
        stop = start + min(limit, self.world.page_size)
        headers = {}
        if stop < len(listing):
            query = urlencode(self.query | {"cursor": [str(stop)]}, doseq=True)
            link = f"{self.world.url}{urlsplit(self.path).path}?{query}"
            headers["Link"] = f'<{link}>; rel="next"'
        self._send_json(200, listing[start:stop], headers)
