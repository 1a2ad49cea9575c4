"""What the page needs to know of a lab; how it looks and works is the lab's own."""

from collections.abc import Callable
from dataclasses import dataclass

from components.runs import Runs
from pipelines import Playground


@dataclass(frozen=True)
class Lab:
    """One lab. `id` is its link (`?lab=id`); `build` makes its components where it is called, once
    somebody opens it; what it runs goes into the page's runs.
    """

    id: str
    title: str
    build: Callable[[Playground, Runs], None]
