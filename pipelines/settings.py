"""Settings: environment variables with the prefix PLAYGROUND_; as flags of app.py the same names.

What other tools already name keeps its meaning: HF_TOKEN, HF_HOME, HF_ENDPOINT, HF_HUB_OFFLINE,
and gradio's own variables below. Knows no gradio. Read once, by whoever starts the program; passed
on from there.
"""

import os
from collections.abc import Sequence
from copy import copy
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, create_model, model_validator
from pydantic.dataclasses import dataclass
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    CliApp,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from pipelines.errors import InputError

PREFIX = "PLAYGROUND_"
SOURCES = ("bundled", "cache", "hub", "index")
# Read where PLAYGROUND_ does not say it: a Space and most containers set these.
GRADIO = {
    "host": "GRADIO_SERVER_NAME",
    "port": "GRADIO_SERVER_PORT",
    "share": "GRADIO_SHARE",
    "mcp": "GRADIO_MCP_SERVER",
}
SPACE = "SPACE_ID"  # set in every Hugging Face Space


def _default_cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "pipeline-playground"


@dataclass(frozen=True)
class Settings:
    """Everything a user can set. Sizes in the unit the name says."""

    host: str = Field(
        default="127.0.0.1", description="address to listen on; 0.0.0.0 for every network"
    )
    port: int = Field(
        default=7860, ge=0, le=65535, description="port to listen on; 0 takes a free one"
    )
    share: bool = Field(default=False, description="make a public share link")
    auth: str = Field(default="", description="name:password that visitors must give")
    mcp: bool = Field(default=False, description="serve the endpoints as MCP tools too")
    api: bool = Field(
        default=True, description="serve the OpenAI-compatible routes (/v1) and the Hub's (/hf)"
    )
    api_keys: str = Field(
        default="", description="keys of the APIs with commas between, or a file with one a line"
    )
    open_api: bool = Field(
        default=False, description="the APIs answer without a key beyond this machine too"
    )
    api_per_minute: int = Field(
        default=0, ge=0, description="calls a minute that a key or address may make; 0 for any"
    )
    public: bool = Field(
        default=False,
        description="catalogue models only, smaller limits; on with share and on a Space",
    )
    sources: str = Field(
        default=",".join(SOURCES),
        description="where models may come from; their order is always the default's",
    )
    cache: Path = Field(
        default_factory=_default_cache, description="folder for model files, uploads and trainings"
    )
    runs: str = Field(
        default="", description="folder for lab 2's trainings; in the cache folder if not given"
    )
    runs_gb: float = Field(
        default=5.0,
        gt=0,
        description="disk for lab 2's trainings; beyond it the oldest of who holds the most goes",
    )
    memory_gb: float = Field(
        default=4.0,
        gt=0,
        allow_inf_nan=False,
        description="memory budget: models, and what else the process takes for them",
    )
    threads: int = Field(
        default_factory=lambda: os.cpu_count() or 1, gt=0, description="threads a model may use"
    )
    users: int = Field(
        default=8, gt=0, description="chats that may run side by side on one llama.cpp model"
    )
    long_runs: int = Field(
        default=8,
        gt=0,
        description="answers that grow (chats, translations, transcriptions, speech) at once",
    )
    max_runs: int = Field(
        default=200, gt=0, description="runs that may go or wait at once; further ones are refused"
    )
    runs_per_visitor: int = Field(
        default=0, ge=0, description="the same for one visitor; 0 for any"
    )
    runs_per_minute: int = Field(
        default=0, ge=0, description="runs a minute that a visitor may begin; 0 for any"
    )
    sound_minutes_per_hour: int = Field(
        default=0, ge=0, description="sound an hour that a visitor may send or get; 0 for any"
    )
    cluster: str = Field(
        default="",
        description="answer with replicas on Ray: of the cluster at this address, or local",
    )
    min_replicas: int = Field(
        default=1, ge=0, description="replicas of the cluster that stay; 0 starts them when asked"
    )
    max_replicas: int = Field(default=2, gt=0, description="most replicas of the cluster")
    max_gpu_replicas: int = Field(
        default=0, ge=0, description="most replicas with a GPU each, for large models"
    )
    max_characters: int = Field(default=20_000, gt=0, description="longest text, in characters")
    max_audio_seconds: int = Field(
        default=600, gt=0, description="longest sound, in seconds; the rest is cut"
    )
    max_megapixels: int = Field(default=50, gt=0, description="largest picture, in million pixels")
    max_upload_mb: int = Field(default=100, gt=0, description="largest uploaded file")
    max_uploads: int = Field(
        default=2_000, gt=0, description="most files that one visitor may have here"
    )
    max_uploads_mb: int = Field(
        default=10_000, gt=0, description="largest folder of uploaded and generated files"
    )
    upload_hours: float = Field(
        default=24, ge=0, description="uploaded and generated files are deleted after so long"
    )
    min_free_mb: int = Field(
        default=200, ge=0, description="disk to leave free: below it no file is taken in"
    )
    web_files: bool = Field(
        default=True,
        description="pictures and sounds may be given by https address; off with public",
    )
    max_labels: int = Field(default=100, gt=0, description="most candidate labels")
    max_batch: int = Field(default=100, gt=0, description="most inputs of one call, as a list")
    max_rows: int = Field(
        default=100_000, gt=0, description="most rows that one run of Many inputs answers"
    )
    max_rows_minutes: float = Field(
        default=0, ge=0, description="longest run of Many inputs, in minutes; 0 for any"
    )
    run_examples: bool = Field(default=True, description="a click on an example runs it, too")
    frame_ancestors: str = Field(
        default="",
        description="sites that may show the page in a frame, with blanks between; * for any",
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="json logs a line for every run and refused call"
    )
    confirm_mb: int = Field(
        default=200,
        ge=0,
        description="downloads larger than this are asked about on the page first",
    )

    def __post_init__(self) -> None:
        unknown = set(self.source_names) - set(SOURCES)
        if unknown:
            raise InputError(
                f"There is no source named {', '.join(sorted(unknown))}.",
                f"Choose from {', '.join(SOURCES)}.",
            )
        if self.min_replicas > self.max_replicas:
            raise InputError("min_replicas is more than max_replicas.", "Raise max_replicas.")
        name, colon, password = self.auth.partition(":")
        if self.auth and not (name and colon and password):
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
    "web_files": False,
    "api_per_minute": 30,
    "max_runs": 100,
    "runs_per_visitor": 8,
    "runs_per_minute": 30,
    "sound_minutes_per_hour": 30,
    "max_labels": 20,
    "max_batch": 10,
    "max_rows": 200,
    "max_rows_minutes": 2,
}


FIELDS: dict[str, FieldInfo] = vars(Settings)["__pydantic_fields__"]


class _GradioVariables(PydanticBaseSettingsSource):
    """What gradio's own variables set."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The variable's text, or None when it is not set."""
        return os.environ.get(GRADIO.get(field_name, "")) or None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """The text of each variable that is set."""
        texts = {name: os.environ.get(variable) for name, variable in GRADIO.items()}
        return {name: text for name, text in texts.items() if text}


class _Sources(BaseSettings):
    """The Pipeline Playground. `run --help` tells how to answer the rows of a file."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        cli_prog_name="pipeline-playground",
        cli_kebab_case=True,
        cli_implicit_flags=True,
        cli_exit_on_error=False,
        cli_show_env_vars=True,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The earlier one wins; the command line, where it is read, comes before them all."""
        return init_settings, env_settings, _GradioVariables(settings_cls)

    @model_validator(mode="before")
    @classmethod
    def _stripped(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Blanks around a value are dropped: `set X=1 && …` on Windows adds one."""
        return {k: v.strip() if isinstance(v, str) else v for k, v in values.items()}


def _with_default(info: FieldInfo) -> FieldInfo:
    """The field with what its factory gives as its default, so that --help shows it."""
    info = copy(info)
    info.default, info.default_factory = info.get_default(call_default_factory=True), None
    return info


def _sources() -> type[_Sources]:
    """A settings model with the fields of Settings."""
    given: dict[str, Any] = {
        name: (info.annotation, _with_default(info)) for name, info in FIELDS.items()
    }
    return create_model("Settings", __base__=_Sources, __doc__=_Sources.__doc__, **given)


def from_environment(**overrides: Any) -> Settings:
    """Read the settings from the environment; keyword arguments win.

    Raises:
        InputError: a value is not of its kind; the sentence names the variable.
    """
    try:
        return _complete(_sources()(**overrides))
    except ValidationError as error:
        raise _in_a_sentence(error) from None


def from_command_line(arguments: Sequence[str] | None = None) -> Settings:
    """Read the settings from flags (`--memory-gb 8`) over the environment's.

    Raises:
        InputError: as `from_environment`, or there is no such flag.
    """
    given = None if arguments is None else list(arguments)
    try:
        return _complete(CliApp.run(_sources(), given))
    except ValidationError as error:
        raise _in_a_sentence(error) from None
    except SettingsError as error:
        said = str(error).removeprefix("error parsing CLI: ")
        raise InputError(f"The command line has {said}.", "--help lists the flags.") from None


def _complete(given: _Sources) -> Settings:
    """What was set, and what follows from it for the rest."""
    values = {name: getattr(given, name) for name in given.model_fields_set}
    if values.setdefault("public", bool(values.get("share") or os.environ.get(SPACE))):
        values = PUBLIC | values
    return Settings(**values)


def _in_a_sentence(error: ValidationError) -> InputError:
    """The first wrong value, under the name of the variable or flag that gave it."""
    first = error.errors()[0]
    name, value, limits = str(first["loc"][0]), first["input"], first.get("ctx", {})
    variables = (variable(name), GRADIO.get(name, ""))
    setters = (one for one in variables if os.environ.get(one, "").strip() == value)
    given = f"{next(setters, flag(name))}={value!r}"
    match first["type"]:
        case "bool_parsing":
            return InputError(f"{given} is neither yes nor no.", "Write 1 or 0.")
        case "int_parsing" | "float_parsing" | "finite_number":
            return InputError(f"{given} is not a number.", "Give a plain number.")
        case "int_from_float":
            return InputError(f"{given} is not a whole number.", "Give a whole number.")
        case "greater_than":
            return InputError(f"{given} is too small.", f"It must be more than {limits['gt']:g}.")
        case "greater_than_equal":
            return InputError(f"{given} is too small.", f"It must be at least {limits['ge']:g}.")
        case "less_than_equal":
            return InputError(f"{given} is too large.", f"It can be {limits['le']:g} at most.")
        case "literal_error":
            return InputError(f"{given} is not one of its values.", f"Write {limits['expected']}.")
    return InputError(f"{given} cannot be used: {first['msg']}.", "--help lists the settings.")


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def flag(name: str) -> str:
    """The command-line flag of a setting."""
    return "--" + name.replace("_", "-")
