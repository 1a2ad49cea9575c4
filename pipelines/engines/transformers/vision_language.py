"""Models that write about an image: captioners, and chat models that see."""

from pathlib import Path
from typing import Any

from pipelines.capabilities import AnswerAboutImage, Caption, ChatWithImages, TextStream
from pipelines.engines.aspect_ratio import bounded
from pipelines.engines.control_tokens import as_plain_text, with_plain_text
from pipelines.engines.transformers import parts
from pipelines.engines.transformers.causal import GeneratingModel
from pipelines.engines.transformers.conversations import (
    control_tokens,
    has_chat_template,
    image_chat_inputs,
    image_inputs,
)
from pipelines.inputs import Picture
from pipelines.inputs.messages import Message, with_system
from pipelines.sampling import Sampling

# The text that asks these families for a caption; BLIP, GIT, ViT-GPT2 and TrOCR need none.
CAPTION_PROMPTS = {"paligemma": "caption en"}


class Captioner(GeneratingModel, Caption, AnswerAboutImage):
    """A model without a chat template: describes an image, or continues a text about it."""

    def caption(self, image: Picture, *, max_new_tokens: int) -> TextStream:
        """Yield the caption."""
        if prompt := CAPTION_PROMPTS.get(self.config.model_type):
            yield from self.answer(image, prompt, max_new_tokens=max_new_tokens)
            return
        inputs = self.image_processor(images=bounded(image), return_tensors="pt")
        yield from self.stream_text(self.tokenizer, inputs, max_new_tokens=max_new_tokens)

    def answer(self, image: Picture, question: str, *, max_new_tokens: int) -> TextStream:
        """Yield what the model writes after the question."""
        tokenizer = self.processor.tokenizer
        inputs = image_inputs(
            self.processor, image, as_plain_text(question, control_tokens(tokenizer))
        )
        yield from self.continue_prompt(tokenizer, inputs, Sampling(max_new_tokens))


class VisionChatModel(GeneratingModel, ChatWithImages):
    """A chat model that sees."""

    def chat_with_images(self, messages: list[Message], *, max_new_tokens: int) -> TextStream:
        """Yield the answer to a conversation with images."""
        tokenizer = self.processor.tokenizer
        messages = with_plain_text(messages, control_tokens(tokenizer))
        inputs = image_chat_inputs(self.processor, with_system(messages, self.system))
        yield from self.continue_prompt(tokenizer, inputs, Sampling(max_new_tokens))


def vision_language_model(folder: Path, model: Any, auto_class: str) -> Captioner | VisionChatModel:
    """A chat model if its processor has a chat template."""
    processor = parts.processor(folder, model.config)
    kind = VisionChatModel if has_chat_template(processor) else Captioner
    made = kind(folder, model, auto_class)
    made.processor = processor
    return made
