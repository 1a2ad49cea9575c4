"""The note beside a scene model's answer when the image is not of the scene world."""

from typing import Any

from pipelines.run import offer_recommended

SENTENCE = (
    "This starter only knows the scene world: drawn everyday things on plain backgrounds. "
    "This picture looks like something else."
)


def note_if_unfamiliar(model: Any, image: Any) -> None:
    """Say so, and offer the recommended model."""
    if not model.familiar(image):
        offer_recommended(SENTENCE)
