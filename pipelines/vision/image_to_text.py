"""image-to-text: a picture → a caption, or the text that is written in it.

run("image-to-text", "beach.jpg")
{"generated_text": "a dog on a beach"}
"""

from collections.abc import Iterator
from typing import Annotated, Any

from pipelines.inputs import Image, Number, Picture
from pipelines.outputs import GeneratedText
from pipelines.scene_models.note import note_if_unfamiliar
from pipelines.task import Task

# What a model is asked for a caption; captioners proper (BLIP, GIT, ViT-GPT2, TrOCR) just give one.
PROMPTS = {"chat": "Describe this picture in one sentence.", "paligemma": "caption en"}


def image_to_text(
    model: Any,
    image: Annotated[Picture, Image("Image")],
    *,
    max_new_tokens: Annotated[int, Number("Longest caption, in tokens", 1, 512)] = 50,
) -> Iterator[GeneratedText]:
    """Yield the caption as it grows."""
    if hasattr(model, "caption"):
        note_if_unfamiliar(model, image)
        pieces = model.caption(image)
    else:
        pieces = _generated(model, image, max_new_tokens)
    text = ""
    for piece in pieces:
        text += piece
        yield {"generated_text": text}
    yield {"generated_text": text.strip()}


def _generated(model: Any, image: Picture, max_new_tokens: int) -> Iterator[str]:
    """A captioner's words; a chat model is asked for them."""
    kind = "chat" if model.chats_about_pictures else model.config.model_type
    if ask := PROMPTS.get(kind):
        asked = [{"role": "user", "content": ask, "images": [image]}]
        yield from model.chat(asked, max_new_tokens=max_new_tokens, temperature=0.0, top_p=1.0)
        return
    inputs = model.image_processor(images=image, return_tensors="pt")
    yield from model.generate(model.tokenizer, inputs, max_new_tokens=max_new_tokens)


TASK = Task(
    id="image-to-text",
    title="Image to text",
    summary="A model describes a picture in words, or reads what is written in it.",
    course="Transformers, what can they do?",
    order=3,
    run=image_to_text,
    heads=("AutoModelForImageTextToText",),
    tags=("image-text-to-text",),
)
