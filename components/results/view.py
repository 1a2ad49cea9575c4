"""What every view has: its components, and how a result fills them."""

from typing import Any, Protocol

from gradio.components import Component

Inputs = dict[str, Any]


class View(Protocol):
    """One kind of result.

    `build` makes the components inside the current gradio context, `show` gives their new values
    for a result (partial ones too), `clear` those for no result. `gather` may add to the inputs
    what the components hold already: a conversation so far. `wire` adds what happens between the
    components and the JSON beside them. `options` names the components that set an option.
    """

    def build(self) -> list[Component]:
        """Make the components."""

    def show(self, value: Any, inputs: Inputs, final: bool) -> list[Any]:
        """New values of the components."""

    def clear(self) -> list[Any]:
        """Values of the components without a result."""

    def gather(self, inputs: Inputs, held: list[Any]) -> Inputs:
        """The inputs, completed from what the components hold."""

    def json(self, value: Any, inputs: Inputs) -> Any:
        """The result in the Hub's shape, as plain JSON."""

    def wire(self, json: Component) -> None:
        """Make the events of the components."""

    def options(self) -> dict[str, Component]:
        """The components that stand for an option of the task, by its name."""


class SimpleView:
    """A view that holds nothing, has no events and whose result is JSON as it is."""

    def gather(self, inputs: Inputs, held: list[Any]) -> Inputs:
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
