"""Settings: environment variables with the prefix PLAYGROUND_; as flags of app.py the same names.

What other tools already name keeps its meaning: HF_TOKEN, HF_HOME, HF_ENDPOINT, HF_HUB_OFFLINE.
Knows no gradio. Read once, by whoever starts the program; passed on from there.
"""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from pipelines.errors import InputError

PREFIX = "PLAYGROUND_"
SOURCES = ("bundled", "cache", "hub", "index")


def _default_cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "pipeline-playground"


def _setting(default: Any, help: str) -> Any:
    if callable(default):
        return field(default_factory=default, metadata={"help": help})
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True)
class Settings:
    """Everything a user can set. Sizes in the unit the name says."""

    host: str = _setting("127.0.0.1", "address to listen on; 0.0.0.0 for every network")
    port: int = _setting(7860, "port to listen on; 0 takes a free one")
    share: bool = _setting(False, "make a public share link")
    auth: str = _setting("", "name:password that visitors must give")
    mcp: bool = _setting(False, "serve the endpoints as MCP tools too")
    public: bool = _setting(
        False, "locked mode for share links and Spaces: catalogue models only, smaller limits"
    )
    sources: str = _setting(",".join(SOURCES), "where models may come from, in this order")
    cache: Path = _setting(_default_cache, "folder for verified model files")
    runs: str = _setting("", "folder for lab 2's trainings; in the cache folder if not given")
    runs_gb: float = _setting(
        5.0, "disk for lab 2's trainings; beyond it the oldest of who holds the most goes"
    )
    memory_gb: float = _setting(4.0, "memory budget for loaded models")
    threads: int = _setting(lambda: os.cpu_count() or 1, "threads a model may use")
    users: int = _setting(8, "text generations that may run side by side on one model")
    max_characters: int = _setting(20_000, "longest text, in characters")
    max_audio_seconds: int = _setting(600, "longest sound, in seconds; the rest is cut")
    max_megapixels: int = _setting(50, "largest picture, in million pixels")
    max_upload_mb: int = _setting(100, "largest uploaded file")
    max_uploads: int = _setting(2_000, "most files that one visitor may have here")
    max_uploads_mb: int = _setting(10_000, "largest folder of uploaded and generated files")
    upload_hours: float = _setting(24, "uploaded and generated files are deleted after so long")
    max_labels: int = _setting(100, "most candidate labels")
    confirm_mb: int = _setting(200, "downloads larger than this are asked about on the page first")

    def __post_init__(self) -> None:
        unknown = set(self.source_names) - set(SOURCES)
        if unknown:
            raise InputError(
                f"There is no source named {', '.join(sorted(unknown))}.",
                f"Choose from {', '.join(SOURCES)}.",
            )
        if not self.memory_gb > 0:
            raise InputError("The memory budget must be more than 0.", "Give it in gigabytes.")
        if not self.runs_gb > 0:
            raise InputError("The disk for trainings must be more than 0.", "Give it in gigabytes.")
        if not 0 <= self.port <= 65535:
            raise InputError(f"{self.port} is no port.", "Choose one from 0 to 65535.")
        if self.auth and ":" not in self.auth:
            raise InputError("auth needs a name and a password.", "Write it as name:password.")

    @property
    def source_names(self) -> tuple[str, ...]:
        """The allowed sources, in order."""
        return tuple(name.strip() for name in self.sources.split(",") if name.strip())

    @property
    def memory_bytes(self) -> int:
        """The memory budget in bytes."""
        return int(self.memory_gb * 1e9)


# What a page that anyone can reach allows, unless set otherwise.
PUBLIC = {
    "max_characters": 5_000,
    "max_audio_seconds": 60,
    "max_megapixels": 20,
    "max_upload_mb": 20,
    "max_uploads": 500,
    "max_uploads_mb": 4_000,
    "upload_hours": 4,
    "max_labels": 20,
}


def _parse(name: str, kind: Any, text: str) -> Any:
    if kind is bool:
        if text.strip().lower() in {"1", "true", "yes", "on"}:
            return True
        if text.strip().lower() in {"0", "false", "no", "off", ""}:
            return False
        raise InputError(f"{name}={text!r} is neither yes nor no.", "Write 1 or 0.")
    try:
        return kind(text)
    except ValueError:
        raise InputError(f"{name}={text!r} is not a number.", "Give a plain number.") from None


def from_environment(environ: Mapping[str, str] = os.environ, **overrides: Any) -> Settings:
    """Read the settings from the environment; keyword arguments win.

    Raises:
        InputError: a value is not of its kind; the sentence names the variable.
    """
    values: dict[str, Any] = {}
    for one in fields(Settings):
        variable = PREFIX + one.name.upper()
        if variable in environ:
            values[one.name] = _parse(variable, one.type, environ[variable])
    values |= overrides
    return Settings(**{**(PUBLIC if values.get("public") else {}), **values})


def from_command_line(arguments: Sequence[str] | None = None) -> Settings:
    """Read the settings from flags (`--memory-gb 8`) over the environment's."""
    parser = argparse.ArgumentParser(prog="app.py", description="The Pipeline Playground.")
    for one in fields(Settings):
        flag = "--" + one.name.replace("_", "-")
        text = f"{one.metadata['help']} ({PREFIX}{one.name.upper()})"
        if one.type is bool:
            parser.add_argument(
                flag, action=argparse.BooleanOptionalAction, default=argparse.SUPPRESS, help=text
            )
        else:
            kind: Any = one.type
            parser.add_argument(flag, type=kind, default=argparse.SUPPRESS, help=text)
    return from_environment(**vars(parser.parse_args(arguments)))
