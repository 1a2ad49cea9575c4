"""image-text-to-text: a picture and a question or conversation about it → text, streamed.

A conversation may have several pictures, each beside the question it came with.

    run("image-text-to-text", "beach.jpg", "What animal is this?")
    {"generated_text": "A dog."}
"""

from collections.abc import Iterator
from typing import Annotated

from pipelines.capabilities import AnswerAboutImage, ChatWithImages
from pipelines.inputs import Image, Messages, Number, Picture
from pipelines.inputs.messages import Message, with_picture
from pipelines.outputs import GeneratedText, growing_text
from pipelines.task import Task


def image_text_to_text(
    model: ChatWithImages | AnswerAboutImage,
    image: Annotated[Picture, Image("Image")],
    text: Annotated[list[Message], Messages("Question", "Ask about the picture")],
    *,
    max_new_tokens: Annotated[int, Number("Longest answer, in tokens", 1, 1024)] = 128,
) -> Iterator[GeneratedText]:
    """Yield the answer as it grows; `image` is the picture that the last question is about."""
    match model:
        case ChatWithImages():
            conversation = with_picture(text, image)
            pieces = model.chat_with_images(conversation, max_new_tokens=max_new_tokens)
        case AnswerAboutImage():
            question = text[-1]["content"]
            pieces = model.answer(image, question, max_new_tokens=max_new_tokens)
    yield from growing_text(pieces)


TASK = Task(
    id="image-text-to-text",
    title="Image and text to text",
    summary="Ask about a picture; the model looks at it and answers in words.",
    course="Transformers, what can they do?",
    order=1,
    run=image_text_to_text,
)
