"""What a task is: its id, what it takes, its options and the adapter that answers.

An adapter's signature is the description: the first parameter is the loaded model, annotated with
the capabilities that serve the task, the preferred first; then come the inputs, and after the star
the options with their defaults, each annotated with its kind.

    def zero_shot_classification(
        model: Entail | Embed,
        text: Annotated[str, Text()],
        candidate_labels: Annotated[list[str], Labels()],
        *,
        multi_label: Annotated[bool, Flag("Score each label on its own")] = False,
    ) -> list[LabelScore]: ...

The tab's widgets, the endpoint, the MCP tool, the snippets and the checks all follow from it.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar, get_args, get_type_hints

from pipelines.capabilities import Capability
from pipelines.errors import InputError
from pipelines.inputs import Input, Option
from pipelines.settings import Settings

Spec = TypeVar("Spec", Input, Option)
MAX_BATCH = 100  # texts in one call


@dataclass(frozen=True)
class Parameter(Generic[Spec]):
    """One input or option of a task."""

    name: str
    spec: Spec
    type: Any
    default: Any = None

    @property
    def takes_list(self) -> bool:
        """Whether it may be a list of texts, which the adapter answers as one batch."""
        return bool(self.type == str | list[str])


@dataclass(frozen=True)
class Task:
    """One task of the Hub.

    `tags`: under what other tasks the Hub lists models that serve this one.
    """

    id: str
    title: str
    summary: str
    course: str
    order: int
    run: Callable[..., Any]
    tags: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The id with underscores: the file in every room and the endpoint."""
        return self.id.replace("-", "_")

    @property
    def modality(self) -> str:
        """The folder the adapter lives in: text, vision, audio or multimodal."""
        return self.run.__module__.split(".")[-2]

    @cached_property
    def capabilities(self) -> tuple[Capability, ...]:
        """What a model must be able to do, one of these; the preferred first."""
        annotation = next(iter(get_type_hints(self.run).values()))
        return get_args(annotation) or (annotation,)

    @cached_property
    def inputs(self) -> list[Parameter[Input]]:
        """The inputs, in order."""
        return [p for p in self._parameters if isinstance(p.spec, Input)]

    @cached_property
    def options(self) -> list[Parameter[Option]]:
        """The options, in order, with their defaults."""
        return [p for p in self._parameters if isinstance(p.spec, Option)]

    @cached_property
    def _parameters(self) -> list[Parameter[Any]]:
        hints = get_type_hints(self.run, include_extras=True)
        parameters = list(inspect.signature(self.run).parameters.values())[1:]
        return [
            Parameter(p.name, get_args(hints[p.name])[1], get_args(hints[p.name])[0], p.default)
            for p in parameters
        ]

    @property
    def streams(self) -> bool:
        """Whether the adapter yields its answer as it grows."""
        return inspect.isgeneratorfunction(self.run)

    def read(
        self, inputs: Mapping[str, Any], options: Mapping[str, Any], settings: Settings
    ) -> dict[str, Any]:
        """Check and read what a user gave, before any model is loaded.

        Raises:
            InputError: something is missing, unknown or cannot be used.
        """
        known = {p.name for p in self._parameters}
        if strange := (set(inputs) | set(options)) - known:
            raise InputError(
                f"{self.id} has no option named {', '.join(sorted(strange))}.",
                f"It takes {', '.join(p.name for p in self._parameters)}.",
            )
        arguments: dict[str, Any] = {}
        for given in self.inputs:
            value = inputs.get(given.name)
            if given.takes_list and isinstance(value, list):
                arguments[given.name] = _read_list(given.spec, value, settings)
            else:
                arguments[given.name] = given.spec.read(value, settings)
        for option in self.options:
            value = options.get(option.name, option.default)
            arguments[option.name] = option.spec.read(option.name, value, settings)
        return arguments


def _read_list(spec: Input, values: list[Any], settings: Settings) -> list[Any]:
    """Each text checked and read as if it came alone.

    Raises:
        InputError: there are none, too many, or one that cannot be used.
    """
    if not 0 < len(values) <= MAX_BATCH:
        raise InputError(
            f"{len(values)} texts cannot be answered at once.", f"Send 1 to {MAX_BATCH}."
        )
    return [spec.read(value, settings) for value in values]
