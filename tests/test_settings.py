"""Settings: environment variables and flags with the same names, checked when they are read."""

from dataclasses import fields
from pathlib import Path

import pytest

from pipelines.errors import InputError
from pipelines.settings import Settings, from_command_line, from_environment


def test_the_environment_sets_every_setting(tmp_path: Path) -> None:
    given = {
        "host": "0.0.0.0", "port": 1234, "share": True, "auth": "ada:secret", "mcp": True,
        "public": True, "sources": "cache", "cache": tmp_path, "memory_gb": 1.5, "threads": 1,
        "users": 2, "max_characters": 10, "max_audio_seconds": 5, "max_megapixels": 1,
        "max_upload_mb": 3, "max_labels": 4, "confirm_mb": 5, "runs": "here",
        "runs_gb": 2.5,
        "max_uploads": 6, "max_uploads_mb": 7, "upload_hours": 0.5,
    }  # fmt: skip
    assert set(given) == {one.name for one in fields(Settings)}
    environ = {"PLAYGROUND_" + name.upper(): str(value) for name, value in given.items()}
    assert from_environment(environ) == Settings(**given)


def test_flags_have_the_same_names_and_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_PORT", "1000")
    monkeypatch.setenv("PLAYGROUND_MEMORY_GB", "2")
    settings = from_command_line(["--port", "2000", "--mcp", "--max-audio-seconds", "7"])
    assert (settings.port, settings.mcp, settings.max_audio_seconds) == (2000, True, 7)
    assert settings.memory_bytes == 2_000_000_000


def test_every_setting_has_a_flag_with_a_word_of_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        from_command_line(["--help"])
    shown = capsys.readouterr().out
    for one in fields(Settings):
        assert "--" + one.name.replace("_", "-") in shown
        assert "PLAYGROUND_" + one.name.upper() in shown


@pytest.mark.parametrize("text", ["1", "true", "Yes", " on "])
def test_yes_is_said_in_many_ways(text: str) -> None:
    assert from_environment({"PLAYGROUND_MCP": text}).mcp


@pytest.mark.parametrize("text", ["0", "false", "No", ""])
def test_no_is_said_in_many_ways(text: str) -> None:
    assert not from_environment({"PLAYGROUND_MCP": text}).mcp


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("PORT", "http", "PLAYGROUND_PORT='http' is not a number"),
        ("PORT", "70000", "70000 is no port"),
        ("PUBLIC", "maybe", "PLAYGROUND_PUBLIC='maybe' is neither yes nor no"),
        ("MEMORY_GB", "0", "memory budget must be more than 0"),
        ("MEMORY_GB", "nan", "memory budget must be more than 0"),
        ("SOURCES", "cache,attic", "no source named attic"),
        ("AUTH", "ada", "auth needs a name and a password"),
    ],
)
def test_a_wrong_value_is_said_in_a_sentence(variable: str, value: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        from_environment({"PLAYGROUND_" + variable: value})


def test_the_cache_follows_xdg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert Settings().cache == tmp_path / "pipeline-playground"


def test_sources_keep_their_order() -> None:
    assert Settings(sources=" index , cache ").source_names == ("index", "cache")
