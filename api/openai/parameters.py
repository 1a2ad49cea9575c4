"""OpenAI's parameters that no model here takes: which of them may be sent, and which are refused.

A route's own parameters are the fields of its request. Of the others some have no effect on an
answer, some ask by one value for what is done here anyway; all the rest would be passed over in
silence, so it is refused.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, model_validator
from starlette.requests import Request

from pipelines.errors import InputError, quoted
from pipelines.surrogates import without_surrogates

NO_EFFECT = {
    *("user", "metadata", "safety_identifier", "prompt_cache_key", "prompt_cache_retention"),
    "prompt_cache_options",
    "prediction",  # makes an answer come sooner, not another one
}
ONLY: Mapping[str, tuple[Any, ...]] = {
    "store": (False,),
    "service_tier": ("auto", "default"),
    "modalities": (["text"],),
    "logit_bias": ({},),
    "reasoning_effort": ("none",),  # models that can reason are asked to answer at once
    "verbosity": ("medium",),
    "chunking_strategy": ("auto",),  # of a transcription
    "temperature": (0,),  # of a transcription; of a text it is a field
    "functions": ([],),
}
HINTS = {
    "functions": "Declare them in tools.",
    "function_call": "Send tool_choice.",
    "prompt": "What was said before is not told to the model.",
}


class Body(BaseModel):
    """A request in JSON."""

    model_config = ConfigDict(extra="allow")

    @model_validator(mode="before")
    @classmethod
    def _replace_surrogates(cls, sent: Any) -> Any:
        return without_surrogates(sent)

    @model_validator(mode="after")
    def _refuse_others(self) -> Self:
        refuse(self.model_extra or {})
        return self


async def only(request: Request, names: Iterable[str]) -> None:
    """The same for a form, whose fields have these names."""
    form = await request.form()
    known = {*names}
    refuse({name: _plain(form[name]) for name in form if name not in known})


def refuse(others: Mapping[str, Any]) -> None:
    """Raise InputError for the first parameter that would change the answer and cannot."""
    for name, value in others.items():
        if name in NO_EFFECT or value is None or value in ONLY.get(name, ()):
            continue
        hint = HINTS.get(name, "Leave it out.")
        raise InputError(f"The parameter {quoted(name)} is not taken here.", hint)


def _plain(value: Any) -> Any:
    """What a form's text means: nothing, a number, or itself."""
    if value == "":
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return value
