"""The button that saves the figure it stands in; assets/page.js does what it says."""

from markupsafe import Markup

BUTTON = Markup(
    '<button type="button" class="lab-save" data-save="{}" '
    'aria-label="Save the picture: {}">Save</button>'
)


def save_button(title: str, name: str) -> Markup:
    """The button of the figure it stands in; `name` is the saved file's."""
    return BUTTON.format(name, title)
