"""What the page needs to know of a lab; how it looks and works is the lab's own."""

from collections.abc import Callable
from dataclasses import dataclass

import gradio as gr

from components.runs import Runs
from pipelines import Playground


@dataclass(frozen=True)
class Lab:
    """One lab. `id` is its link (`?lab=id`); `build` makes its components where it is called;
    what it runs goes into the page's runs.

    `build` may return the model box that a link with `&model=name` fills in.
    """

    id: str
    title: str
    build: Callable[[Playground, Runs], gr.Dropdown | None]
