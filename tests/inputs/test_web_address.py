"""Files by https address, from a server on loopback that plays the public ones of this test."""

import io
import socket
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpcore2
import pytest
import trustme
from PIL import Image as Pillow

from pipelines.errors import Cancelled, InputError
from pipelines.folders import ASSETS
from pipelines.inputs import Audio, Image, web_address
from pipelines.inputs.files import confined_to
from pipelines.run import Run
from pipelines.settings import Settings

PUBLIC, SECRET = "93.184.216.34", b"what only this machine may read"
NAMES = {
    "pictures.example": [PUBLIC],
    "inside.example": ["127.0.0.1"],
    "both.example": [PUBLIC, "10.0.0.7"],
    "nat64.example": ["64:ff9b::7f00:1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "metadata.example": ["169.254.169.254"],
    "shared.example": ["100.64.0.1"],
    "azure.example": ["168.63.129.16"],
    "protocols.example": ["192.0.0.192"],
    "local-nat64.example": ["64:ff9b:1::7f00:1"],
    "site.example": ["fec0::1"],
    "compatible.example": ["::127.0.0.1"],
    "translated.example": ["::ffff:0:7f00:1"],
    "isatap.example": ["2001:4860::5efe:7f00:1"],
}


def picture() -> bytes:
    file = io.BytesIO()
    Pillow.new("RGB", (40, 30), "teal").save(file, "PNG")
    return file.getvalue()


class Server(BaseHTTPRequestHandler):
    """Behaves as the path says."""

    asked: list[str]
    stopped: threading.Event

    def do_GET(self) -> None:
        self.asked.append(self.path)
        match self.path.split("/")[1]:
            case "picture":
                self.answer(picture(), "image/png")
            case "page":
                self.answer(b"<html>a page</html>", "text/html; charset=utf-8")
            case "text":
                self.answer(b"no picture at all", "image/png")
            case "sound":
                self.answer((ASSETS / "examples" / "library.mp3").read_bytes(), "audio/mpeg")
            case "missing":
                self.send_error(404)
            case "to":
                self.send_response(302)
                self.send_header("Location", self.path.removeprefix("/to/"))
                self.end_headers()
            case "loop":
                self.send_response(307)
                self.send_header("Location", "/loop")
                self.end_headers()
            case "large":  # its header says so
                self.send_response(200)
                self.send_header("Content-Length", str(10**12))
                self.end_headers()
            case "endless":  # its header does not
                self.send_response(200)
                self.end_headers()
                try:
                    while True:
                        self.wfile.write(b"x" * 100_000)
                except OSError:
                    pass
            case "slow":
                self.send_response(200)
                self.end_headers()
                try:
                    while not self.stopped.wait(0.05):
                        self.wfile.write(b"x")
                except OSError:
                    pass

    def answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The paths that the server was asked for."""
    authority = trustme.CA()
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("pictures.example").configure_cert(served)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)

    Server.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    Server.stopped = threading.Event()
    server.socket = served.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    port = server.server_address[1]
    connect, resolve = httpcore2.SyncBackend.connect_tcp, socket.getaddrinfo

    def resolved(host: Any, *given: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name in NAMES:
            return [(0, 0, 0, "", (one, 443)) for one in NAMES[name]]
        return resolve(host, *given, **options)

    def connected(self: Any, host: str, port_: int, *given: Any, **options: Any) -> Any:
        assert (host, port_) == (PUBLIC, 443)
        return connect(self, "127.0.0.1", port, *given, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", connected)
    monkeypatch.setattr(web_address, "_ssl_context", lambda: trusting)
    yield Server.asked
    Server.stopped.set()
    server.shutdown()
    server.server_close()
    thread.join()


def fetch(address: str, **limits: Any) -> bytes:
    return web_address.fetch(address, "picture", Settings(**limits))


def test_a_picture_and_a_sound_come_as_from_a_file(asked: list[str]) -> None:
    read = Image().read("https://pictures.example/picture", Settings())
    assert read.size == (40, 30)
    assert read.getpixel((5, 5)) == (0, 128, 128)
    as_file = {"path": None, "url": "https://pictures.example/picture"}
    assert Image().read(as_file, Settings()).size == (40, 30)
    sound = Audio().read("HTTPS://pictures.example/sound", Settings())
    assert sound.seconds == pytest.approx(
        Audio().read(ASSETS / "examples" / "library.mp3", Settings()).seconds
    )


def test_redirects_are_followed(asked: list[str]) -> None:
    assert fetch("https://pictures.example/to/https://pictures.example/picture") == picture()
    assert len(asked) == 2


@pytest.mark.parametrize("name", [name for name in NAMES if name != "pictures.example"])
def test_names_of_private_addresses_are_refused(asked: list[str], name: str) -> None:
    with pytest.raises(InputError, match="no public web server"):
        fetch(f"https://{name}/picture")
    with pytest.raises(InputError, match="no public web server"):
        fetch(f"https://pictures.example/to/https://{name}/picture")
    assert asked == [f"/to/https://{name}/picture"]


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/picture",
        "https://127.1/picture",
        "https://2130706433/picture",
        "https://0x7f.1/picture",
        "https://[::1]/picture",
        "https://[fe80::1%25lo]/picture",
        "https://localhost/picture",
        "https://0.0.0.0/picture",
        "https://pictures.example:8443/picture",
        "https://name:password@pictures.example/picture",
        "https:///picture",
        "https://" + "a" * 5000,
        "https://[",
    ],
)
def test_no_other_address_is_connected_to(asked: list[str], address: str) -> None:
    with pytest.raises(InputError, match="no public web server"):
        fetch(address)
    assert not asked


@pytest.mark.parametrize("address", ["file:///etc/passwd", "//127.0.0.1/", "ftp://10.0.0.1/"])
def test_redirects_lead_nowhere_else(asked: list[str], address: str) -> None:
    with pytest.raises(InputError, match="no public web server"):
        fetch(f"https://pictures.example/to/{address}")


@pytest.mark.parametrize("host", ["pictures.example", "10.0.0.1", "localhost:80"])
def test_an_address_of_http_is_told_from_one_of_no_public_server(
    asked: list[str], host: str
) -> None:
    with pytest.raises(InputError, match="begins with http://; only https:// is fetched"):
        fetch(f"HTTP://{host}/picture")
    assert not asked
    with pytest.raises(InputError, match="leads to one that begins with http://"):
        fetch(f"https://pictures.example/to/http://{host}/picture")


def test_this_machines_public_address_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    class Address:
        address = PUBLIC

    monkeypatch.setattr("psutil.net_if_addrs", lambda: {"eth0": [Address]})
    with pytest.raises(InputError, match="no public web server"):
        fetch(f"https://{PUBLIC}/picture")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("page", "a web page, not to a picture"),
        ("missing", "answers 404"),
        ("loop", "leads on and on"),
        ("large", "larger than 1 MB"),
        ("endless", "larger than 1 MB"),
    ],
)
def test_what_is_no_file_gets_a_sentence(asked: list[str], path: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        fetch(f"https://pictures.example/{path}", max_upload_mb=1)


def test_a_server_that_lies_about_the_type_is_read_as_what_it_sent(asked: list[str]) -> None:
    with pytest.raises(InputError, match="not a picture that can be read"):
        Image().read("https://pictures.example/text", Settings())


def test_a_slow_server_is_left(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_address, "SECONDS", 0.5)
    with pytest.raises(InputError, match="took more than"):
        fetch("https://pictures.example/slow")


def test_stop_ends_a_fetch(asked: list[str]) -> None:
    run = Run()
    threading.Timer(0.3, run.cancel.set).start()
    with run.active(), pytest.raises(Cancelled):
        fetch("https://pictures.example/slow")


def test_a_certificate_of_another_name_is_refused(asked: list[str]) -> None:
    NAMES["other.example"] = [PUBLIC]
    try:
        with pytest.raises(InputError, match="does not answer as it should"):
            fetch("https://other.example/picture")
    finally:
        del NAMES["other.example"]
    assert not asked


def test_they_can_be_switched_off(asked: list[str]) -> None:
    with pytest.raises(InputError, match="not fetched here"):
        fetch("https://pictures.example/picture", web_files=False)
    assert not asked


def test_the_address_of_an_upload_is_that_upload(tmp_path: Path) -> None:
    upload, elsewhere = tmp_path / "up loads" / "a.png", tmp_path / "b.png"
    upload.parent.mkdir()
    for path in (upload, elsewhere):
        Pillow.new("RGB", (3, 3)).save(path)
    server = "http://127.0.0.1:7860/gradio_api/file="
    with confined_to([upload.parent]):
        for name in (str(upload), quote(str(upload))):
            assert Image().read({"url": server + name}, Settings(web_files=False)).size == (3, 3)
        for name in (str(elsewhere), "", "/etc/passwd", str(upload) + "x"):
            with pytest.raises(InputError, match="only https"):
                Image().read({"url": server + name}, Settings())
    with pytest.raises(InputError, match="only https"):  # where all files may be opened by name
        Image().read(server + str(upload), Settings())
