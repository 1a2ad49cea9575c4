"""image-text-to-text: a picture and a question or conversation about it → text, streamed.

run("image-text-to-text", "beach.jpg", "What animal is this?")
{"generated_text": "A dog."}
"""

from collections.abc import Iterator
from typing import Annotated, Any

from pipelines.inputs import Image, Messages, Number, Picture
from pipelines.inputs.messages import Message
from pipelines.outputs import GeneratedText
from pipelines.scene_models.note import note_if_unfamiliar
from pipelines.task import Task


def image_text_to_text(
    model: Any,
    image: Annotated[Picture, Image("Image")],
    text: Annotated[list[Message], Messages("Question", "Ask about the picture")],
    *,
    max_new_tokens: Annotated[int, Number("Longest answer, in tokens", 1, 1024)] = 128,
) -> Iterator[GeneratedText]:
    """Yield the answer as it grows."""
    if hasattr(model, "answer"):
        note_if_unfamiliar(model, image)
        pieces = model.answer(image, text[-1]["content"])
    else:
        inputs = model.conversation(text, [image])
        pieces = model.generate(model.processor.tokenizer, inputs, max_new_tokens=max_new_tokens)
    answer = ""
    for piece in pieces:
        answer += piece
        yield {"generated_text": answer}
    yield {"generated_text": answer.strip()}


TASK = Task(
    id="image-text-to-text",
    title="Image and text to text",
    summary="Ask about a picture; the model looks at it and answers in words.",
    course="Transformers, what can they do?",
    order=1,
    run=image_text_to_text,
    heads=("AutoModelForImageTextToText",),
)
