"""The fields that requests for text share: sampling, and the format of the answer."""

from typing import Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, field_validator

from api.openai.parameters import Body
from pipelines.errors import InputError

DEFAULT_TOKENS = 512
UNNAMED = ("", "dummy")  # the latter is what huggingface_hub's client sends for no model
MOST_TEXTS = 8
MOST_STOPS = 4  # as OpenAI's
SAMPLING = {
    *("temperature", "top_p", "top_k", "min_p", "seed"),
    *("repetition_penalty", "presence_penalty", "frequency_penalty"),
}


class NamedSchema(BaseModel):
    """A JSON schema; it is enforced whether `strict` or not."""

    model_config = ConfigDict(extra="ignore")

    name: str = ""
    strict: bool | None = None
    json_schema: dict[str, Any] = Field(alias="schema")


class ResponseFormat(BaseModel):
    """Plain text, any JSON object, or JSON of a schema. `value` is the schema as huggingface_hub's
    client sends it with json_object, `schema` as llama.cpp's own server takes it there."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["text", "json_object", "json_schema"] = "text"
    json_schema: NamedSchema | None = None
    value: dict[str, Any] | None = Field(None, validation_alias=AliasChoices("value", "schema"))

    def schema_asked(self) -> dict[str, Any] | None:
        """The schema that the text is constrained to, if any.

        Raises:
            InputError: there is none with type json_schema.
        """
        match self.type:
            case "text":
                return None
            case "json_object":
                return self.value or {"type": "object"}
        if self.json_schema is None:
            raise InputError(
                "response_format has no schema.",
                'Send {"type": "json_schema", "json_schema": {"name": …, "schema": {…}}}.',
            )
        return self.json_schema.json_schema


class Sampled(Body):
    """Sampling parameters by OpenAI's names, and others by those of transformers and llama.cpp."""

    model: str = "auto"
    stream: bool = False
    stream_options: dict[str, Any] | None = None
    max_tokens: int | None = Field(None, ge=1)
    max_completion_tokens: int | None = Field(None, ge=1)
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    repetition_penalty: float | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    stop: str | list[str] | None = None
    seed: int | None = None
    n: int = Field(1, ge=1, le=MOST_TEXTS)
    response_format: ResponseFormat | None = None

    @field_validator("model")
    @classmethod
    def _named(cls, model: str) -> str:
        return "auto" if model in UNNAMED else model

    def options(self) -> dict[str, Any]:
        """The task's options."""
        given = self.model_dump(include=SAMPLING)
        options = {name: value for name, value in given.items() if value is not None}
        if self.stop is not None:
            options["stop"] = [self.stop] if isinstance(self.stop, str) else self.stop
            if len(options["stop"]) > MOST_STOPS:
                raise InputError(f"stop takes at most {MOST_STOPS} texts.", "Send fewer.")
        options["max_new_tokens"] = self.max_completion_tokens or self.max_tokens or DEFAULT_TOKENS
        if self.n > 1:
            options["num_return_sequences"] = self.n
        if self.response_format and (schema := self.response_format.schema_asked()) is not None:
            options["json_schema"] = schema
        return options

    def check_stream(self) -> None:
        """Raise InputError for options of a stream that is none."""
        if self.stream_options and not self.stream:
            raise InputError("stream_options goes with stream.", "Set stream to true.")

    @property
    def tells_usage(self) -> bool:
        """Whether a stream ends with its usage."""
        return bool((self.stream_options or {}).get("include_usage"))
