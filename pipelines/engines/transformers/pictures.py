"""Conversations about pictures, each family's way: a chat template, a prefix, or none."""

from typing import Any

from pipelines.inputs.messages import Message


def has_template(processor: Any) -> bool:
    """Whether the processor knows how a conversation with pictures is written."""
    return bool(getattr(processor, "chat_template", None))


def conversation(processor: Any, messages: list[Message], images: list[Any]) -> Any:
    """Messages about pictures as tensors; the pictures stand before the first question.

    A processor without a chat template (PaliGemma, BLIP, GIT) gets the last message as it is;
    PaliGemma wants a mark for each picture before it.
    """
    if not has_template(processor):
        text = messages[-1]["content"]
        if mark := getattr(processor, "image_token", None):
            text = mark * len(images) + text
        given = images if mark else images[0]
        return processor(images=given, text=text, return_tensors="pt")
    parts: list[dict[str, Any]] = [{"type": "image", "image": image} for image in images]
    turns = []
    for message in messages:
        content: list[dict[str, Any]] = [{"type": "text", "text": message["content"]}]
        if parts and message["role"] == "user":
            content, parts = parts + content, []
        turns.append({"role": message["role"], "content": content})
    return processor.apply_chat_template(
        turns, add_generation_prompt=True, tokenize=True, return_tensors="pt", return_dict=True
    )
