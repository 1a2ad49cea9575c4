"""A package index on loopback, and tiny wheels for it.

    with PackageIndex() as index:
        sha256 = index.publish("tiny-model", "1.0", {"tiny_model/data/weights.bin": b"…"})
        index.cut_after = 1000  # the next answer breaks off there

Knows the simple API as pip asks it, byte ranges, broken connections and a login. Every request
for a wheel is written down with its range.
"""

import base64
import hashlib
import io
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

LOGIN = ("ada", "secret")


def wheel(package: str, version: str, members: dict[str, bytes]) -> bytes:
    """A wheel whose package cannot be imported without ending the tests."""
    module = package.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{module}/__init__.py", "raise SystemExit('the wheel was imported')")
        for name, content in members.items():
            archive.writestr(name, content)
        archive.writestr(f"{info}/METADATA", _metadata(package, version))
        tag = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        archive.writestr(f"{info}/WHEEL", tag)
        archive.writestr(f"{info}/RECORD", "")
    return file.getvalue()


def file_name(package: str, version: str) -> str:
    """What a wheel's file is called."""
    return f"{package.replace('-', '_')}-{version}-py3-none-any.whl"


def _metadata(package: str, version: str) -> str:
    return f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n"


class PackageIndex:
    """The server, from `with PackageIndex() as index` to the end of the block."""

    def __init__(self) -> None:
        self.wheels: dict[str, bytes] = {}
        self.packages: dict[str, list[tuple[str, str]]] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.cut_after: int | None = None
        self.needs_login = False
        self.takes_ranges = True
        self.elsewhere = 404  # what other addresses answer
        self.hold = threading.Event()
        self.hold.set()  # cleared: answers wait after their first kilobyte
        self.sent = 0

    def __enter__(self) -> Self:
        index: PackageIndex = self

        class Handler(_Handler):
            world = index

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.hold.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """What PIP_INDEX_URL takes."""
        login = ":".join(LOGIN) + "@" if self.needs_login else ""
        return f"http://{login}127.0.0.1:{self._server.server_port}/simple/"

    def publish(self, package: str, version: str, members: dict[str, bytes]) -> bytes:
        """Offer a wheel; returns its bytes."""
        content = wheel(package, version, members)
        self.wheels[file_name(package, version)] = content
        self.packages.setdefault(package, []).append((file_name(package, version), version))
        return content

    def ranges(self, package: str) -> list[str | None]:
        """The ranges in which the package's wheel was asked for, in order."""
        start = package.replace("-", "_") + "-"
        return [asked for name, asked in self.asked if name.startswith(start)]


class _Handler(BaseHTTPRequestHandler):
    world: PackageIndex

    def do_GET(self) -> None:
        if self.world.needs_login and not self._logged_in():
            self._send(401, b"", {"WWW-Authenticate": "Basic"})
            return
        kind, _, rest = self.path.strip("/").partition("/")
        if kind == "simple" and rest in self.world.packages:
            self._send(200, self._links(rest), {"Content-Type": "text/html"})
        elif kind == "files" and rest.endswith(".metadata"):
            package, version = rest.split("-")[:2]
            self._send(200, _metadata(package.replace("_", "-"), version).encode())
        elif kind == "files" and rest in self.world.wheels:
            self._wheel(rest)
        else:
            self._send(self.world.elsewhere, b"<html>Blocked</html>")

    def do_HEAD(self) -> None:
        self._send(self.world.elsewhere, b"")

    def _logged_in(self) -> bool:
        wanted = "Basic " + base64.b64encode(":".join(LOGIN).encode()).decode()
        return self.headers.get("Authorization") == wanted

    def _links(self, package: str) -> bytes:
        links = ""
        for name, version in self.world.packages[package]:
            sha256 = hashlib.sha256(self.world.wheels[name]).hexdigest()
            metadata = hashlib.sha256(_metadata(package, version).encode()).hexdigest()
            links += (
                f'<a href="/files/{name}#sha256={sha256}" '
                f'data-core-metadata="sha256={metadata}">{name}</a>\n'
            )
        return f"<!DOCTYPE html><html><body>{links}</body></html>".encode()

    def _wheel(self, name: str) -> None:
        content, asked = self.world.wheels[name], self.headers.get("Range")
        self.world.asked.append((name, asked))
        start = int(asked.removeprefix("bytes=").split("-")[0]) if asked else 0
        if not self.world.takes_ranges:
            start = 0
        if start >= len(content):
            self._send(416, b"")
            return
        headers = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"}
        self._send(206 if start else 200, content[start:], headers if start else {}, cut=True)

    def _send(
        self, status: int, body: bytes, headers: dict[str, str] | None = None, cut: bool = False
    ) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if cut and self.world.cut_after is not None:
            body, self.world.cut_after = body[: self.world.cut_after], None
        for begin in range(0, len(body), 1024):
            try:
                self.wfile.write(body[begin : begin + 1024])
            except OSError:  # the client hung up
                return
            self.world.sent += len(body[begin : begin + 1024]) if cut else 0
            if cut:
                self.world.hold.wait(20)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""
