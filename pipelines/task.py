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
from pipelines.errors import InputError, quoted
from pipelines.inputs import Input, InView, Option
from pipelines.settings import Settings

Spec = TypeVar("Spec", Input, Option)


@dataclass(frozen=True)
class Parameter(Generic[Spec]):
    """One input or option of a task."""

    name: str
    spec: Spec
    type: Any
    default: Any = None
    in_view: InView | None = None

    @property
    def takes_list(self) -> bool:
        """Whether the adapter takes a list of texts too, and answers it as one batch."""
        return {str, list[str]} <= set(get_args(self.type))


@dataclass(frozen=True)
class Task:
    """One task of the Hub.

    `tags`: under what other tasks the Hub lists models that serve this one. `aliases`: its other
    names in transformers.
    """

    id: str
    title: str
    summary: str
    course: str
    order: int
    run: Callable[..., Any]
    tags: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()

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
        return [self._parameter(p, *get_args(hints[p.name])) for p in parameters]

    def _parameter(
        self, parameter: inspect.Parameter, kind: Any, spec: Any, *more: Any
    ) -> Parameter[Any]:
        """The parameter, from the parts of its annotation."""
        in_view = next((one for one in more if isinstance(one, InView)), None)
        return Parameter(parameter.name, spec, kind, parameter.default, in_view)

    @property
    def parameters(self) -> dict[str, Parameter[Any]]:
        """The inputs, then the options, by name."""
        return {p.name: p for p in self._parameters}

    @property
    def streams(self) -> bool:
        """Whether the adapter yields its answer as it grows."""
        return inspect.isgeneratorfunction(self.run)

    def read(
        self, inputs: Mapping[str, Any], options: Mapping[str, Any], settings: Settings
    ) -> dict[str, Any]:
        """Check and read what a user gave, before any model is loaded; lists are for `batch`.

        Raises:
            InputError: something is missing, unknown or cannot be used.
        """
        known = {p.name for p in self._parameters}
        if strange := (set(inputs) | set(options)) - known:
            raise InputError(
                f"{self.id} has no option named {quoted(', '.join(sorted(strange)))[1:-1]}.",
                f"It takes {', '.join(p.name for p in self._parameters)}.",
            )
        arguments: dict[str, Any] = {}
        for given in self.inputs:
            arguments[given.name] = given.spec.read(inputs.get(given.name), settings)
        for option in self.options:
            value = options.get(option.name, option.default)
            arguments[option.name] = option.spec.read(option.name, value, settings)
        return arguments
