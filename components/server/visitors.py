"""Who a visitor is to this server: a token that it issued and signed, and the network asked from.

The one place where a token that a browser sends is verified. It knows neither what visitors own nor
how a token travels: lab 2 keeps one in the browser's storage, session_binding.py in a cookie.
"""

import contextlib
import hmac
import ipaddress
import os
import secrets
import tempfile
from pathlib import Path

KEY = "visitors.key"
KEY_BYTES = 32


class Visitors:
    """Issues tokens and verifies them, with a key kept in `folder`: tokens survive a restart."""

    def __init__(self, folder: Path) -> None:
        self._key = _key(folder)

    def issue(self) -> str:
        """A token for a new visitor: a random id and its signature."""
        visitor = secrets.token_hex(16)
        return f"{visitor}.{self._sign('visitor', visitor)}"

    def verify(self, token: object) -> str | None:
        """The visitor's id; None for what this server did not issue."""
        if not isinstance(token, str):
            return None
        visitor, _, signature = token.partition(".")
        signed = signature.encode("utf-8", "replace")
        expected = self._sign("visitor", visitor).encode()
        return visitor if hmac.compare_digest(expected, signed) else None

    def network(self, host: str) -> str:
        """A pseudonym of the network a request comes from, so that no file holds an address.

        One IPv4 address is a network, and so is an IPv6 /64: a visitor has all addresses in it.
        """
        with contextlib.suppress(ValueError):
            address = ipaddress.ip_address(host.partition("%")[0])
            if isinstance(address, ipaddress.IPv6Address):
                mapped = address.ipv4_mapped
                host = str(mapped or ipaddress.ip_network((address, 64), strict=False))
        return self._sign("network", host)[:16]

    @property
    def fingerprint(self) -> str:
        """Tells servers with different keys apart without giving the key away."""
        return self._sign("key", "")[:8]

    def _sign(self, kind: str, text: str) -> str:
        message = f"{kind}:{text}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, message, "sha256").hex()


def _key(folder: Path) -> bytes:
    """The key of this cache folder, readable for its owner alone, made by whoever needs it first.

    Where nothing can be written, tokens last as long as this process.
    """
    key, file = secrets.token_bytes(KEY_BYTES), folder / KEY
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not file.exists() or file.stat().st_size != KEY_BYTES:
            file.unlink(missing_ok=True)
            descriptor, new = tempfile.mkstemp(dir=folder, prefix=KEY)  # mode 600
            with open(descriptor, "wb") as opened:
                opened.write(key)
            # Of two servers that start together one links its key first; both then read that one.
            with contextlib.suppress(FileExistsError):
                os.link(new, file)
            os.unlink(new)
        return file.read_bytes()
    except OSError:
        return key
