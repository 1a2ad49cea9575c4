"""Conversations as tensors, each family's way: a chat template, a prefix, or the bare text."""

from typing import Any

from pipelines.inputs.messages import Message, pictures

# Models that think aloud (Qwen3, SmolLM3) would spend all their tokens on it. Templates of other
# models do not look at it.
ANSWER_AT_ONCE = {"enable_thinking": False}


def read(model: Any, messages: list[Message]) -> tuple[Any, Any]:
    """The tokenizer that the answer is read with, and the conversation as tensors.

    A model without a chat template goes on with the last message.
    """
    if model.sees:
        return model.processor.tokenizer, _with_pictures(model.processor, messages)
    tokenizer = model.tokenizer
    if not tokenizer.chat_template:
        inputs = tokenizer(messages[-1]["content"], return_tensors="pt")
        inputs.pop("token_type_ids", None)
        return tokenizer, inputs
    return tokenizer, tokenizer.apply_chat_template(
        [{"role": one["role"], "content": one["content"]} for one in messages],
        add_generation_prompt=True,
        return_tensors="pt",
        return_dict=True,
        **ANSWER_AT_ONCE,
    )


def has_template(processor: Any) -> bool:
    """Whether the processor knows how a conversation with pictures is written."""
    return bool(getattr(processor, "chat_template", None))


def _with_pictures(processor: Any, messages: list[Message]) -> Any:
    """Messages and their pictures as tensors, each picture before its question.

    A processor without a chat template (PaliGemma, BLIP, GIT) gets the newest picture and the last
    message as it is; PaliGemma wants a mark for the picture before it.
    """
    if not has_template(processor):
        image, text = pictures(messages)[-1], messages[-1]["content"]
        if mark := getattr(processor, "image_token", None):
            return processor(images=[image], text=mark + text, return_tensors="pt")
        return processor(images=image, text=text, return_tensors="pt")
    turns = [
        {
            "role": message["role"],
            "content": [
                *({"type": "image", "image": image} for image in message.get("images", ())),
                {"type": "text", "text": message["content"]},
            ],
        }
        for message in messages
    ]
    return processor.apply_chat_template(
        turns,
        add_generation_prompt=True,
        tokenize=True,
        return_tensors="pt",
        return_dict=True,
        **ANSWER_AT_ONCE,
    )
