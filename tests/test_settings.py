"""Settings: environment variables and flags with the same names, checked when they are read."""

import os
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from pipelines.errors import InputError
from pipelines.settings import (
    GRADIO,
    PREFIX,
    PUBLIC,
    SPACE,
    Settings,
    from_command_line,
    from_environment,
)


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of whoever runs the tests."""
    for name in os.environ:
        if name.startswith(PREFIX) or name in (SPACE, *GRADIO.values()):
            monkeypatch.delenv(name)


def test_the_environment_sets_every_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {
        "host": "0.0.0.0", "port": 1234, "share": True, "auth": "ada:secret", "mcp": True,
        "public": True, "sources": "cache", "cache": tmp_path, "memory_gb": 1.5, "threads": 1,
        "users": 2, "max_characters": 10, "max_audio_seconds": 5, "max_megapixels": 1,
        "max_upload_mb": 3, "max_labels": 4, "max_batch": 8, "run_examples": False,
        "confirm_mb": 5, "runs": "here",
        "runs_gb": 2.5,
        "max_uploads": 6, "max_uploads_mb": 7, "upload_hours": 0.5, "web_files": False,
        "api": False, "api_keys": "a,b", "open_api": True, "api_per_minute": 9,
        "long_runs": 3, "max_runs": 50, "runs_per_visitor": 4, "runs_per_minute": 11,
        "sound_minutes_per_hour": 12, "frame_ancestors": "https://example.org",
        "log_format": "json", "min_free_mb": 13,
        "max_rows": 11, "max_rows_minutes": 1.5,
        "cluster": "local", "min_replicas": 2, "max_replicas": 5, "max_gpu_replicas": 1,
    }  # fmt: skip
    assert set(given) == {one.name for one in fields(Settings)}
    for name, value in given.items():
        monkeypatch.setenv("PLAYGROUND_" + name.upper(), str(value))
    assert from_environment() == Settings(**given)  # type: ignore[arg-type]  # of many types


def test_flags_have_the_same_names_and_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_PORT", "1000")
    monkeypatch.setenv("PLAYGROUND_MEMORY_GB", "2")
    monkeypatch.setenv("PLAYGROUND_SHARE", "1")
    settings = from_command_line(
        ["--port", "2000", "--mcp", "--max-audio-seconds", "7", "--no-share"]
    )
    assert (settings.port, settings.mcp, settings.max_audio_seconds) == (2000, True, 7)
    assert settings.memory_bytes == 2_000_000_000
    assert not settings.share


def test_every_setting_has_a_flag_with_a_word_of_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        from_command_line(["--help"])
    shown = " ".join(capsys.readouterr().out.split())
    for one in fields(Settings):
        assert "--" + one.name.replace("_", "-") in shown
        assert "PLAYGROUND_" + one.name.upper() in shown
    assert "largest picture, in million pixels (default: 50)" in shown


def test_nothing_set_is_the_defaults() -> None:
    assert from_environment() == from_command_line([]) == Settings()


def test_settings_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().public = True  # type: ignore[misc]  # what is tested


@pytest.mark.parametrize("text", ["1", "true", "Yes", " on "])
def test_yes_is_said_in_many_ways(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_MCP", text)
    assert from_environment().mcp


@pytest.mark.parametrize("text", ["0", "false", "No", " off ", ""])
def test_no_is_said_in_many_ways(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_MCP", text)
    assert not from_environment().mcp


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("PLAYGROUND_PORT", "http", "PLAYGROUND_PORT='http' is not a number"),
        ("GRADIO_SERVER_PORT", "http", "GRADIO_SERVER_PORT='http' is not a number"),
        ("PLAYGROUND_PORT", "70000", "PLAYGROUND_PORT='70000' is too large"),
        ("PLAYGROUND_PORT", "-1", "PLAYGROUND_PORT='-1' is too small"),
        ("PLAYGROUND_PUBLIC", "maybe", "PLAYGROUND_PUBLIC='maybe' is neither yes nor no"),
        ("PLAYGROUND_MEMORY_GB", "0", "PLAYGROUND_MEMORY_GB='0' is too small"),
        ("PLAYGROUND_MEMORY_GB", "nan", "PLAYGROUND_MEMORY_GB='nan' is not a number"),
        ("PLAYGROUND_THREADS", "0", "PLAYGROUND_THREADS='0' is too small"),
        ("PLAYGROUND_MAX_LABELS", "-3", "PLAYGROUND_MAX_LABELS='-3' is too small"),
        ("PLAYGROUND_LOG_FORMAT", "xml", "PLAYGROUND_LOG_FORMAT='xml' is not one of its values"),
        ("PLAYGROUND_SOURCES", "cache,attic", "no source named attic"),
        ("PLAYGROUND_AUTH", "ada", "auth needs a name and a password"),
        ("PLAYGROUND_AUTH", "ada:", "auth needs a name and a password"),
    ],
)
def test_a_wrong_value_is_said_in_a_sentence(
    variable: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(InputError, match=said) as caught:
        from_environment()
    assert caught.value.hint
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--port", "http"], "--port='http' is not a number. Give a plain number."),
        (["--colour", "red"], "unrecognized arguments: --colour red. --help lists the flags."),
        (["--port"], "argument --port: expected one argument."),
        (["--threads", "0"], "--threads='0' is too small. It must be more than 0."),
    ],
)
def test_a_wrong_flag_is_said_in_a_sentence(arguments: list[str], said: str) -> None:
    with pytest.raises(InputError) as caught:
        from_command_line(arguments)
    assert said in str(caught.value)


def test_gradios_own_variables_count_where_ours_say_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GRADIO_SERVER_NAME", "0.0.0.0")
    monkeypatch.setenv("GRADIO_SERVER_PORT", "9000")
    monkeypatch.setenv("GRADIO_SHARE", "True")
    monkeypatch.setenv("GRADIO_MCP_SERVER", "True")
    settings = from_environment()
    assert (settings.host, settings.port, settings.share, settings.mcp) == (
        "0.0.0.0", 9000, True, True
    )  # fmt: skip
    monkeypatch.setenv("PLAYGROUND_HOST", "127.0.0.2")
    monkeypatch.setenv("PLAYGROUND_PORT", "9001")
    assert (from_environment().host, from_environment().port) == ("127.0.0.2", 9001)
    assert from_command_line(["--host", "::1"]).host == "::1"


@pytest.mark.parametrize("variable", ["SPACE_ID", "PLAYGROUND_SHARE", "GRADIO_SHARE"])
def test_a_page_for_everybody_is_public_unless_told_otherwise(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not from_environment().public
    monkeypatch.setenv(variable, "1")
    settings = from_environment()
    assert settings.public
    assert {name: getattr(settings, name) for name in PUBLIC} == PUBLIC
    private = from_command_line(["--no-public"])
    assert not private.public
    assert private.max_characters == Settings().max_characters
    monkeypatch.setenv("PLAYGROUND_PUBLIC", "0")
    assert not from_environment().public


def test_a_limit_that_was_set_wins_over_the_public_ones() -> None:
    settings = from_command_line(["--public", "--max-labels", "30"])
    assert settings.max_labels == 30
    assert settings.max_characters == PUBLIC["max_characters"]
    assert from_command_line(["--share"]).public


def test_the_cache_follows_xdg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert Settings().cache == from_environment().cache == tmp_path / "pipeline-playground"


def test_sources_keep_their_order() -> None:
    assert Settings(sources=" index , cache ").source_names == ("index", "cache")
