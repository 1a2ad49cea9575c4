"""The button that saves the figure it stands in; assets/page.js does what it says."""


def save_button(title: str, name: str) -> str:
    """The button of the figure it stands in; `title` is safe already, `name` a file's name."""
    return (
        f'<button type="button" class="lab-save" data-save="{name}" '
        f'aria-label="Save the picture: {title}">Save</button>'
    )
