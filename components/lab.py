"""What the page needs to know of a lab, and its choice of parts; the rest is the lab's own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from components.runs import Runs
from components.translations import text
from pipelines import Playground


@dataclass(frozen=True)
class Lab:
    """One lab. `id` is its link (`?lab=id`); `build` makes its components where it is called, once
    somebody opens it; what it runs goes into the page's runs.
    """

    id: str
    title: str
    build: Callable[[Playground, Runs], None]


PARTS = Markup("<fieldset class='lab-views{}'><legend>{}</legend>{}</fieldset>")
PART = Markup("<label><input type='radio' name='{}' value='{}'{}>{}</label>")


def parts(title: str, titles: Mapping[str, str], chosen: str, only: str = "") -> Markup:
    """Which part of a lab is shown, as radio buttons by their values; page.css hides the others.
    `only`: a class that says on which screens there is a choice.
    """
    name = "-".join(titles)  # buttons of one name are one choice on the whole page
    buttons = Markup("").join(
        PART.format(name, value, " checked" if value == chosen else "", text(words))
        for value, words in titles.items()
    )
    return PARTS.format(only and f" {only}", text(title), buttons)
