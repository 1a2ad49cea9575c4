"""Decoders that continue a text, and those that have a chat template."""

from pathlib import Path
from typing import Any

from pipelines.capabilities import Chat, Generate, TextStream
from pipelines.engines.control_tokens import as_plain_text, with_plain_text
from pipelines.engines.transformers.conversations import chat_inputs, control_tokens
from pipelines.engines.transformers.model import TransformersModel
from pipelines.engines.transformers.sampling import sampling_options
from pipelines.errors import InputError
from pipelines.inputs.messages import Message, with_system


class GeneratingModel(TransformersModel):
    """A model that writes after a prompt, within its context."""

    def continue_prompt(
        self,
        tokenizer: Any,
        inputs: Any,
        *,
        max_new_tokens: int,
        temperature: float = 0.0,
        top_p: float = 1.0,
        seed: int | None = None,
    ) -> TextStream:
        """Yield what the model writes after the tokens of the prompt.

        Raises:
            InputError: the prompt fills the model's context.
        """
        tokens = inputs["input_ids"].shape[1]
        context = getattr(self.config.get_text_config(), "max_position_embeddings", None)
        context = context or tokens + max_new_tokens
        if tokens >= context:
            raise InputError(
                f"The conversation has {tokens:,} tokens; {context:,} fit the model's context.",
                "Start a new conversation or shorten the text.",
            )
        options = sampling_options(self.model, temperature=temperature, top_p=top_p, seed=seed)
        longest = min(max_new_tokens, context - tokens)
        yield from self.stream_text(tokenizer, inputs, max_new_tokens=longest, **options)


class CausalModel(GeneratingModel, Generate):
    """Continues a text."""

    def generate(
        self,
        prompt: str,
        *,
        max_new_tokens: int,
        temperature: float = 0.0,
        top_p: float = 1.0,
        seed: int | None = None,
    ) -> TextStream:
        """Yield the continuation."""
        text = as_plain_text(prompt, control_tokens(self.tokenizer))
        inputs = self.tokenizer(text, return_tensors="pt")
        inputs.pop("token_type_ids", None)
        yield from self.continue_prompt(
            self.tokenizer,
            inputs,
            max_new_tokens=max_new_tokens,
            temperature=temperature,
            top_p=top_p,
            seed=seed,
        )


class ChatModel(CausalModel, Chat):
    """Answers a conversation too."""

    def chat(
        self,
        messages: list[Message],
        *,
        max_new_tokens: int,
        temperature: float = 0.0,
        top_p: float = 1.0,
        seed: int | None = None,
    ) -> TextStream:
        """Yield the answer."""
        messages = with_plain_text(messages, control_tokens(self.tokenizer))
        yield from self.continue_prompt(
            self.tokenizer,
            chat_inputs(self.tokenizer, with_system(messages, self.system)),
            max_new_tokens=max_new_tokens,
            temperature=temperature,
            top_p=top_p,
            seed=seed,
        )


def causal_model(folder: Path, model: Any, auto_class: str) -> CausalModel:
    """A chat model if its tokenizer has a chat template."""
    made = ChatModel(folder, model, auto_class)
    return made if made.tokenizer.chat_template else CausalModel(folder, model, auto_class)
