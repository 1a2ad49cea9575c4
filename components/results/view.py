"""What every view has: its components, and how a result fills them."""

from collections.abc import Mapping
from typing import Any, Protocol

from gradio.components import Component

from components.output_state import Values

Inputs = dict[str, Any]


class View(Protocol):
    """One kind of result.

    `build` makes the components inside the current gradio context, `show` gives their new values
    for a result (partial ones too), `clear` those for no result.

    A run reads of a view only what it names: `reads` are components that hold a part of the inputs,
    as a conversation so far, which `complete_inputs` puts to what was typed; `options` are those
    that set an option of the task. `asks` are options that the model is asked with whatever the
    components say. `wire` adds what happens between the components and the JSON beside them.
    """

    asks: Mapping[str, Any]

    def build(self) -> list[Component]:
        """Make the components."""

    def show(self, value: Any, inputs: Inputs, final: bool) -> list[Any]:
        """New values of the components; `inputs` are the options, too."""

    def clear(self) -> list[Any]:
        """Values of the components without a result."""

    def reads(self) -> list[Component]:
        """The components that hold a part of the inputs."""

    def complete_inputs(self, inputs: Inputs, view_values: Values) -> Inputs:
        """The inputs, completed from what the components of `reads` hold."""

    def json(self, value: Any, inputs: Inputs) -> Any:
        """The result in the Hub's shape, as plain JSON."""

    def wire(self, json: Component) -> None:
        """Make the events of the components."""

    def options(self) -> dict[str, Component]:
        """The components that stand for an option of the task, by its name."""


class SimpleView:
    """A view that only shows: it holds nothing, has no events, and its result is JSON as it is."""

    asks: Mapping[str, Any] = {}

    def reads(self) -> list[Component]:
        """Nothing."""
        return []

    def complete_inputs(self, inputs: Inputs, view_values: Values) -> Inputs:
        """The inputs as they are."""
        return inputs

    def json(self, value: Any, inputs: Inputs) -> Any:
        """The result as it is."""
        return value

    def wire(self, json: Component) -> None:
        """No events."""

    def options(self) -> dict[str, Component]:
        """No options."""
        return {}
