"""Files by web address: fetched over https from public servers, within limits of size and time.

An address may be chosen to reach what only this machine can reach (server-side request forgery). So
each host name is resolved once, here, and the connection goes to the IP address that was checked:
private ones, this machine's own, and names that have both kinds are refused, again at every
redirect. Proxy settings of the environment are ignored, since it is unknown what a proxy reaches.

gradio's own client (safehttpx) has no limit of size or time.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable
from typing import Any

from pipelines.errors import InputError
from pipelines.run import CHECK_SECONDS, stop_if_cancelled
from pipelines.settings import Settings

SECONDS = 30.0  # for all of it: names, redirects, handshakes and the file
MOST_REDIRECTS = 5
REDIRECTS = {301, 302, 303, 307, 308}
MOST_CHARACTERS = 2_000  # of an address; browsers stop there too
PORT = 443
# IPv6 that embeds an IPv4 address, which may be private (6to4, Teredo), and documentation's.
TRANSLATED = [ipaddress.ip_network(one) for one in ("2002::/16", "2001::/32", "3fff::/20")]
GLOBAL_IPV6 = ipaddress.ip_network("2000::/3")  # all that is allocated so far
# Global to ipaddress, and still not public: protocol assignments, and Azure's host of its machines.
RESERVED = [ipaddress.ip_network(one) for one in ("192.0.0.0/24", "168.63.129.16/32")]


def is_web_address(value: Any) -> bool:
    """Whether this is a string that names a file on the web."""
    return isinstance(value, str) and value[:8].lower().startswith(("http://", "https://"))


def fetch(address: str, what: str, settings: Settings) -> bytes:
    """The file at this https address; `what` ("picture", "sound") goes into the sentences.

    Raises:
        InputError: web addresses are switched off, none of a public server, too large, too slow,
            or the server has no such file.
        Cancelled: the current run was stopped.
    """
    import httpcore2

    if not settings.web_files:
        raise InputError("Web addresses are not fetched here.", "Upload the file instead.")
    hint = f"Give the https address of a {what}, or upload the file."
    try:
        return _fetch(address, what, settings)
    except _NotPublicError:
        raise InputError("There is no public web server at this address.", hint) from None
    except (httpcore2.TimeoutException, TimeoutError):
        sentence = f"The {what}'s server took more than {SECONDS:.0f} seconds."
        raise InputError(sentence, "Try again, or upload the file.") from None
    except (
        httpcore2.NetworkError,
        httpcore2.ProtocolError,
        httpcore2.UnsupportedProtocol,
        OSError,
    ):
        raise InputError(f"The {what}'s server does not answer as it should.", hint) from None


class _NotPublicError(Exception):
    """Not an https address of a public server."""


def _fetch(address: str, what: str, settings: Settings) -> bytes:
    import httpcore2
    import httpx2

    deadline = time.monotonic() + SECONDS
    for redirects in range(MOST_REDIRECTS + 1):
        url = _checked(address, redirected=bool(redirects))
        target = httpcore2.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        headers = [
            ("Host", url.netloc.decode()),
            ("User-Agent", "pipeline-playground"),
            ("Accept-Encoding", "identity"),
        ]
        with (
            httpcore2.ConnectionPool(
                ssl_context=_ssl_context(), network_backend=_network(deadline)
            ) as pool,
            pool.stream("GET", target, headers=headers) as response,
        ):
            given = httpx2.Headers(response.headers)
            if response.status in REDIRECTS and "location" in given:
                try:
                    address = str(url.join(given["location"]))
                except httpx2.InvalidURL:
                    raise _NotPublicError from None
                continue
            _check(response.status, given, what)
            return _body(response.iter_stream(), given, what, settings.max_upload_mb)
    raise InputError(f"The {what}'s address leads on and on.", "Give the address it ends at.")


def _checked(address: str, redirected: bool) -> Any:
    """The address as httpx2's URL, if it is one of https and the usual port."""
    import httpx2

    try:
        url = httpx2.URL(address if len(address) <= MOST_CHARACTERS else "")
    except httpx2.InvalidURL:
        raise _NotPublicError from None
    if url.scheme == "http":
        raise InputError(
            "The address leads to one that begins with http://; only https:// is fetched."
            if redirected
            else "The address begins with http://; only https:// is fetched.",
            "Write https:// if the server has that, or upload the file.",
        )
    if url.scheme != "https" or not url.host or url.userinfo or url.port not in (None, PORT):
        raise _NotPublicError
    return url


def _check(status: int, headers: Any, what: str) -> None:
    if status != 200:
        raise InputError(
            f"The {what}'s server answers {status}.", "Open the address in a browser to see why."
        )
    if headers.get("content-type", "").lower().startswith("text/html"):
        raise InputError(
            f"This address leads to a web page, not to a {what}.",
            f"Open the page, copy the address of the {what} itself, and give that.",
        )


def _body(pieces: Iterable[bytes], headers: Any, what: str, limit_mb: int) -> bytes:
    too_large = InputError(
        f"The {what}'s file is larger than {limit_mb} MB.", "Give a smaller one."
    )
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > limit_mb * 1_000_000:
        raise too_large
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > limit_mb * 1_000_000:
            raise too_large
    return bytes(body)


def public_addresses(host: str) -> list[str]:
    """The IP addresses of a name, if all of them belong to public servers.

    Raises:
        _NotPublicError: one does not, or there is no such name.
    """
    import psutil

    try:
        found = socket.getaddrinfo(host, PORT, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise _NotPublicError from None
    addresses = [str(one[4][0]) for one in found]
    own = {one.address for interface in psutil.net_if_addrs().values() for one in interface}
    if not addresses or own & set(addresses) or not all(map(_is_public, addresses)):
        raise _NotPublicError
    return addresses


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    if ip.version == 6 and (ip not in GLOBAL_IPV6 or ip.packed[10:12] == b"\x5e\xfe"):
        return False  # the latter is ISATAP, which embeds an IPv4 address
    excepted = TRANSLATED if ip.version == 6 else RESERVED
    return ip.is_global and not ip.is_multicast and not any(ip in one for one in excepted)


def _ssl_context() -> ssl.SSLContext:
    return ssl.create_default_context()


def _network(deadline: float) -> Any:
    """httpcore's network backend for one fetch: public servers only, within the deadline."""
    import httpcore2

    class Stream(httpcore2.NetworkStream):
        """Reads with short timeouts, so that Stop and the deadline take effect."""

        def __init__(self, inner: httpcore2.NetworkStream) -> None:
            self.inner = inner

        def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            while True:
                left = _left(deadline)
                try:
                    return self.inner.read(max_bytes, min(left, CHECK_SECONDS))
                except httpcore2.ReadTimeout:
                    continue

        def write(self, buffer: bytes, timeout: float | None = None) -> None:
            self.inner.write(buffer, _left(deadline))

        def close(self) -> None:
            self.inner.close()

        def start_tls(
            self,
            ssl_context: ssl.SSLContext,
            server_hostname: str | None = None,
            timeout: float | None = None,
        ) -> httpcore2.NetworkStream:
            return Stream(self.inner.start_tls(ssl_context, server_hostname, _left(deadline)))

        def get_extra_info(self, info: str) -> Any:
            return self.inner.get_extra_info(info)

    class Network(httpcore2.SyncBackend):
        """Connects to the IP addresses that were checked."""

        def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore2.NetworkStream:
            addresses = public_addresses(host)
            for address in addresses:
                try:
                    return Stream(super().connect_tcp(address, port, _left(deadline)))
                except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                    if address == addresses[-1]:
                        raise
            raise _NotPublicError

    return Network()


def _left(deadline: float) -> float:
    """The seconds until then; raises when they are over, or when the run was cancelled."""
    stop_if_cancelled()
    if (left := deadline - time.monotonic()) <= 0:
        raise TimeoutError
    return left
