"""Who may call the APIs."""

import time
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from api.keys import Keys, RefusedError
from pipelines.caller import SCOPE, Caller
from pipelines.settings import Settings

LOCAL = {"host": "127.0.0.1:7860"}


def request(headers: dict[str, str], network: str = "") -> Request:
    encoded = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    caller = Caller(network=network)
    return Request({"type": "http", "headers": encoded, "client": ("::1", 5000), SCOPE: caller})


def status(keys: Keys, headers: dict[str, str]) -> int:
    try:
        keys.admit(request(headers))
    except RefusedError as error:
        return error.status
    return 200


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost", "LOCALHOST:80", "[::1]:7860"])
def test_on_this_machine_no_key_is_needed(host: str) -> None:
    assert status(Keys(Settings()), {"host": host}) == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example:7860"},
        {"host": "127.0.0.1.evil.example"},
        {"host": ""},
        {},
        {**LOCAL, "origin": "https://evil.example"},
        {**LOCAL, "origin": "null"},
        {**LOCAL, "origin": "http://127.0.0.1:9999"},
    ],
)
def test_no_web_page_from_elsewhere_gets_in(headers: dict[str, str]) -> None:
    assert status(Keys(Settings()), headers) == 403


def test_the_page_itself_may_call() -> None:
    assert status(Keys(Settings()), {**LOCAL, "origin": "http://127.0.0.1:7860"}) == 200


@pytest.mark.parametrize(
    "beyond",
    [
        {"host": "0.0.0.0"},
        {"host": "192.168.1.7"},
        {"share": True},
        {"public": True},
        {"auth": "ada:secret"},
    ],
)
def test_beyond_this_machine_a_key_is_needed(beyond: dict[str, Any]) -> None:
    assert status(Keys(Settings(**beyond)), LOCAL) == 401
    assert status(Keys(Settings(**beyond, open_api=True)), {"host": "any.example"}) == 200
    keys = Keys(Settings(**beyond, api_keys="secret-1, secret-2"))
    assert status(keys, {"host": "any.example", "authorization": "Bearer secret-2"}) == 200
    assert status(keys, {"host": "any.example", "authorization": "bearer  secret-1"}) == 200


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer ", "Bearer secret", "Basic secret-1", "Bearer secret-1,x", "é"]
)
def test_a_wrong_key_is_refused_on_this_machine_too(given: str) -> None:
    keys = Keys(Settings(api_keys="secret-1"))
    assert status(keys, {**LOCAL, "authorization": given}) == 401


def test_keys_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "keys.txt"
    file.write_text("# the team's\nalpha\n\n  beta  \n")
    keys = Keys(Settings(api_keys=str(file)))
    assert status(keys, {"authorization": "Bearer beta"}) == 200
    assert status(keys, {"authorization": "Bearer # the team's"}) == 401
    assert status(keys, {"authorization": f"Bearer {file}"}) == 401


def test_calls_a_minute_are_counted_by_key_and_by_network() -> None:
    keys = Keys(Settings(api_keys="a,b", api_per_minute=2))
    for key in "ab":
        assert [status(keys, {"authorization": f"Bearer {key}"}) for _ in range(3)] == [
            200,
            200,
            429,
        ]
    open_to_all = Keys(Settings(open_api=True, api_per_minute=1))
    for network in ("10.0.0.1", "2001:db8::/64"):  # of an IPv6 network anybody has all addresses
        assert open_to_all.admit(request(LOCAL, network)) == f"network {network}"
        with pytest.raises(RefusedError) as refused:
            open_to_all.admit(request(LOCAL, network))
        assert 1 <= refused.value.retry_after <= 60


def test_a_clock_that_is_set_back_locks_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = Keys(Settings(api_keys="a", api_per_minute=1))
    asked = {"authorization": "Bearer a"}
    assert [status(keys, asked) for _ in range(2)] == [200, 429]
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() - 3600)
    assert [status(keys, asked) for _ in range(2)] == [200, 429]
