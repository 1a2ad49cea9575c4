"""What every view has: its components, and how a result fills them."""

from collections.abc import Callable, Mapping
from copy import copy
from typing import Any, Protocol

from gradio.components import Component
from markupsafe import Markup

from components.output_state import Values
from components.record import Record
from components.results import differences
from components.results.files import json_file

Inputs = dict[str, Any]
Files = dict[str, Callable[[Any, Inputs], bytes]]  # what writes one, by its ending


class View(Protocol):
    """One kind of result.

    `build` makes the components inside the current gradio context, `show` gives their new values
    for a result (partial ones too), `clear` those for no result.

    Of a view, a run reads only what this names: `reads` are components that hold a part of the
    inputs, as the conversation so far, which `complete_inputs` adds to what was typed; `options`
    are those that set an option of the task. `asks` are options that the model is always asked
    with, whatever the components say. `continues`: an answer that was cut can be continued, with
    `continued_inputs`. `wire` adds the events of the components; they may update the JSON beside
    them.

    `beside` is a view of another model's answer to the same input. What of a result is remembered
    is what `kept` makes of it: `differences` say where two of those differ, `files` are the formats
    in which one can be downloaded, and `words` the text that another task can read, if it is
    `readable`. `shown_again` is what `show` is given to draw it once more. `as_shown` is the
    finished run as the components of `reads` show it, which may have changed since it ended.
    """

    asks: Mapping[str, Any]
    continues: bool
    readable: bool

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

    def continued_inputs(self, inputs: Inputs, view_values: Values) -> Inputs:
        """The inputs with which the answer goes on that is shown."""

    def json(self, value: Any, inputs: Inputs) -> Any:
        """The result in the Hub's shape, as plain JSON."""

    def wire(self, json: Component) -> None:
        """Make the events of the components."""

    def options(self) -> dict[str, Component]:
        """The components that stand for an option of the task, by its name."""

    def beside(self) -> "View":
        """A view for a second answer, with components of its own."""

    def kept(self, value: Any) -> Any:
        """A result as it is remembered: no larger than it has to be."""

    def differences(self, one: Any, other: Any, inputs: Inputs) -> Markup:
        """Where two kept results to the same input differ, in a sentence or two."""

    def files(self) -> Files:
        """The formats of a kept result."""

    def shown_again(self, kept: Any) -> Any:
        """A kept result as JSON that can be shown; None if it cannot."""

    def words(self, value: Any) -> str:
        """The words of a kept result; "" where it has none to read."""

    def as_shown(self, record: Record | None, view_values: Values) -> Record | None:
        """The finished run that is on the screen, if one is."""


class SimpleView:
    """A view that only shows: it holds nothing, has no events, and its result is JSON as it is."""

    asks: Mapping[str, Any] = {}
    continues = False
    readable = False

    def reads(self) -> list[Component]:
        """Nothing."""
        return []

    def complete_inputs(self, inputs: Inputs, view_values: Values) -> Inputs:
        """The inputs as they are."""
        return inputs

    def continued_inputs(self, inputs: Inputs, view_values: Values) -> Inputs:
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

    def beside(self) -> View:
        """One of the same kind."""
        return copy(self)  # type: ignore[return-value]  # its subclasses build and show

    def kept(self, value: Any) -> Any:
        """All of it."""
        return value

    def differences(self, one: Any, other: Any, inputs: Inputs) -> Markup:
        """Whether they are equal."""
        return differences.equal_or_different(one, other)

    def shown_again(self, kept: Any) -> Any:
        """As it is."""
        return kept

    def files(self) -> Files:
        """Its JSON."""
        return {"json": lambda value, inputs: json_file(self.json(value, inputs))}

    def words(self, value: Any) -> str:
        """No words to read."""
        return ""

    def as_shown(self, record: Record | None, view_values: Values) -> Record | None:
        """As it ended."""
        return record


def first_of(value: Any) -> Any:
    """The first of several results, or the only one."""
    return value[0] if isinstance(value, list) else value
