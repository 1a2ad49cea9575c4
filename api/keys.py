"""Who may call the APIs, and how often: keys, networks, a limit of calls a minute.

Without keys only programs on this machine may, and no foreign web page: one that a local browser
shows can reach this machine under a host name of its own (DNS rebinding), or send requests whose
responses it cannot read; the headers Host and Origin reveal both. Behind a share link or a proxy
all visitors seem to be on this machine, so there a key is needed unless the settings say otherwise.
"""

import hmac
import ipaddress
import time
from pathlib import Path
from urllib.parse import urlsplit

from limits import RateLimitItemPerMinute
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request

from pipelines.caller import NOBODY, SCOPE
from pipelines.rate_limits import SteadyStorage
from pipelines.settings import Settings

LOCAL_NAMES = {"localhost", "127.0.0.1", "::1"}


class RefusedError(Exception):
    """The caller is refused: `status` 401 or 403, or 429 with the seconds to wait."""

    def __init__(self, status: int, sentence: str, retry_after: int = 0) -> None:
        super().__init__(sentence)
        self.status = status
        self.retry_after = retry_after


class Keys:
    """Admits callers of the APIs, by the settings."""

    def __init__(self, settings: Settings) -> None:
        self._keys = _keys(settings.api_keys)
        self._open = settings.open_api
        local = _is_loopback(settings.host)
        self._local = local and not (settings.share or settings.public or settings.auth)
        self._called = SteadyStorage()
        self._limiter = MovingWindowRateLimiter(self._called)
        per_minute = settings.api_per_minute
        self._rate = RateLimitItemPerMinute(per_minute) if per_minute else None

    def admit(self, request: Request) -> str:
        """Authenticate the caller, count the call, and return who it is.

        Raises:
            RefusedError: no key or a wrong one, or too many calls.
        """
        caller = self._caller(request)
        self._called.mind_clock()
        if self._rate and not self._limiter.hit(self._rate, caller):
            again = self._limiter.get_window_stats(self._rate, caller).reset_time
            seconds = max(1, round(again - time.time()))
            raise RefusedError(429, f"Too many calls; try again in {seconds} s.", seconds)
        return caller

    def _caller(self, request: Request) -> str:
        given = _given(request)
        for number, key in enumerate(self._keys):
            if hmac.compare_digest(key.encode(), given.encode()):
                return f"key {number}"
        if self._keys and not self._open:
            wrong = "This API key is not known here." if given else "An API key is missing."
            raise RefusedError(401, f"{wrong} Send it as Authorization: Bearer KEY.")
        if not self._open and not self._local:
            raise RefusedError(
                401, "No API key is set up here: the server needs PLAYGROUND_API_KEYS first."
            )
        host, origin = request.headers.get("host", ""), request.headers.get("origin", "")
        foreign = bool(origin) and urlsplit(origin).netloc != host
        if not self._open and (foreign or not _is_local_name(host)):
            raise RefusedError(403, "Without an API key only this machine may call: use 127.0.0.1.")
        return f"network {request.scope.get(SCOPE, NOBODY).network}"


def _keys(given: str) -> tuple[str, ...]:
    """The keys: from a file, one per line, or separated by commas in the setting itself."""
    file = Path(given).expanduser()
    text = file.read_text("utf-8") if given and file.is_file() else given.replace(",", "\n")
    lines = (line.strip() for line in text.splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def _given(request: Request) -> str:
    kind, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if kind.lower() == "bearer" else ""


def _is_local_name(host: str) -> bool:
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
    return name.strip("[]").lower() in LOCAL_NAMES


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"
