"""Conversations and images as tensors, by a chat template or, without one, as the bare text."""

from typing import Any

from pipelines.engines.aspect_ratio import bounded
from pipelines.inputs import Picture
from pipelines.inputs.messages import Message

# Reasoning models (Qwen3, SmolLM3) would spend all their tokens on it. Templates of other models
# ignore the option.
WITHOUT_REASONING = {"enable_thinking": False}


def control_tokens(tokenizer: Any) -> set[str]:
    """The tokens that stand for no text: the end of a turn, the place of an image."""
    added = {one.content for one in tokenizer.added_tokens_decoder.values() if one.special}
    return added | set(tokenizer.all_special_tokens)


def has_chat_template(processor: Any) -> bool:
    """Whether the processor knows how a conversation with images is written."""
    return bool(getattr(processor, "chat_template", None))


def chat_inputs(tokenizer: Any, messages: list[Message]) -> Any:
    """A conversation of text as tensors; a last message of the assistant is left open."""
    return tokenizer.apply_chat_template(
        [{"role": one["role"], "content": one["content"]} for one in messages],
        **_end(messages),
        return_tensors="pt",
        return_dict=True,
        **WITHOUT_REASONING,
    )


def _end(messages: list[Message]) -> dict[str, bool]:
    """How the template ends: the model answers, or goes on with its own last message."""
    own = messages[-1]["role"] == "assistant"
    return {"add_generation_prompt": not own, "continue_final_message": own}


def image_chat_inputs(processor: Any, messages: list[Message]) -> Any:
    """A conversation with images as tensors, each image before its question."""
    turns = [
        {
            "role": message["role"],
            "content": [
                *(
                    {"type": "image", "image": bounded(image)}
                    for image in message.get("images", ())
                ),
                {"type": "text", "text": message["content"]},
            ],
        }
        for message in messages
    ]
    return processor.apply_chat_template(
        turns,
        **_end(messages),
        tokenize=True,
        return_tensors="pt",
        return_dict=True,
        **WITHOUT_REASONING,
    )


def image_inputs(processor: Any, image: Picture, text: str) -> Any:
    """An image and a text as tensors, without a template (PaliGemma, BLIP, GIT).

    PaliGemma wants a token before the text that stands for the image.
    """
    image = bounded(image)
    if image_token := getattr(processor, "image_token", None):
        return processor(images=[image], text=image_token + text, return_tensors="pt")
    return processor(images=image, text=text, return_tensors="pt")
