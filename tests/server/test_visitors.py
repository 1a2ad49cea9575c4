"""Tokens of visitors: issued, verified, forged, after a restart."""

import stat
from pathlib import Path

import pytest

from components.server.visitors import KEY, Visitors


def test_a_token_is_verified_after_a_restart(tmp_path: Path) -> None:
    token = Visitors(tmp_path / "cache").issue()
    assert Visitors(tmp_path / "cache").verify(token) == token.partition(".")[0]
    assert stat.S_IMODE((tmp_path / "cache" / KEY).stat().st_mode) == 0o600
    assert [file.name for file in (tmp_path / "cache").iterdir()] == [KEY]


def test_no_two_visitors_are_one(tmp_path: Path) -> None:
    visitors = Visitors(tmp_path)
    assert len({visitors.verify(visitors.issue()) for _ in range(100)}) == 100


def forgeries(token: str, foreign: str) -> list[object]:
    visitor, _, signature = token.partition(".")
    return [
        visitor,
        f"{visitor}.",
        f".{signature}",
        f"{visitor}.{'0' * 64}",
        f"{foreign.partition('.')[0]}.{signature}",
        f"{visitor}.é{signature[1:]}",
        f"{visitor}.\ud800",
        f"\ud800.{signature}",
        foreign,
        "",
        None,
        7,
        [token],
        {"token": token},
    ]


def test_a_forged_token_is_nobodys(tmp_path: Path) -> None:
    visitors = Visitors(tmp_path / "ours")
    token, foreign = visitors.issue(), Visitors(tmp_path / "theirs").issue()
    assert visitors.verify(token)
    assert [one for one in forgeries(token, foreign) if visitors.verify(one) is not None] == []


def test_a_key_that_was_cut_off_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / KEY).write_bytes(b"")
    token = Visitors(tmp_path).issue()
    assert Visitors(tmp_path).verify(token)


def test_without_a_folder_to_write_tokens_last_as_long_as_the_server(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    visitors = Visitors(tmp_path / "file")
    assert visitors.verify(visitors.issue())
    assert Visitors(tmp_path / "file").verify(visitors.issue()) is None


@pytest.mark.parametrize(
    ("one", "another", "same"),
    [
        ("10.0.0.1", "10.0.0.2", False),
        ("10.0.0.1", "::ffff:10.0.0.1", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("", "testclient", False),
    ],
)
def test_a_network_is_an_address_or_the_half_of_one(
    tmp_path: Path, one: str, another: str, same: bool
) -> None:
    network = Visitors(tmp_path).network
    assert (network(one) == network(another)) is same
    assert one not in network(one) or not one
