"""image-to-text: a picture → a caption, or the text that is written in it.

run("image-to-text", "beach.jpg")
{"generated_text": "a dog on a beach"}
"""

from collections.abc import Iterator
from typing import Annotated

from pipelines.capabilities import Caption, ChatWithImages
from pipelines.inputs import Image, Number, Picture
from pipelines.inputs.messages import Message
from pipelines.outputs import GeneratedText, growing_text
from pipelines.task import Task

QUESTION = "Describe this picture in one sentence."  # for chat models


def image_to_text(
    model: Caption | ChatWithImages,
    image: Annotated[Picture, Image("Image")],
    *,
    max_new_tokens: Annotated[int, Number("Longest caption, in tokens", 1, 512)] = 50,
) -> Iterator[GeneratedText]:
    """Yield the caption as it grows."""
    match model:
        case Caption():
            pieces = model.caption(image, max_new_tokens=max_new_tokens)
        case ChatWithImages():
            asked: list[Message] = [{"role": "user", "content": QUESTION, "images": [image]}]
            pieces = model.chat_with_images(asked, max_new_tokens=max_new_tokens)
    yield from growing_text(pieces)


TASK = Task(
    id="image-to-text",
    title="Image to text",
    summary="A model describes a picture in words, or reads what is written in it.",
    course="Transformers, what can they do?",
    order=3,
    run=image_to_text,
    tags=("image-text-to-text",),
)
