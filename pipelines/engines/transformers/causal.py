"""Decoders that continue a text, and those that have a chat template."""

from pathlib import Path
from typing import Any

from pipelines.capabilities import Chat, Generate, TextStream
from pipelines.engines.control_tokens import with_plain_text
from pipelines.engines.stop_strings import until_stop
from pipelines.engines.transformers.conversations import chat_inputs, control_tokens
from pipelines.engines.transformers.model import TransformersModel
from pipelines.engines.transformers.sampling import sampling_options
from pipelines.errors import InputError
from pipelines.inputs.messages import Message, with_system
from pipelines.run import count_prompt_tokens
from pipelines.sampling import Sampling


class GeneratingModel(TransformersModel):
    """A model that writes after a prompt, within its context."""

    def continue_prompt(self, tokenizer: Any, inputs: Any, sampling: Sampling) -> TextStream:
        """Yield what the model writes after the tokens of the prompt.

        Raises:
            InputError: the prompt fills the model's context.
        """
        tokens = inputs["input_ids"].shape[1]
        count_prompt_tokens(tokens)
        context = getattr(self.config.get_text_config(), "max_position_embeddings", None)
        context = context or tokens + sampling.max_new_tokens
        if tokens >= context:
            raise InputError(
                f"The conversation has {tokens:,} tokens; {context:,} fit the model's context.",
                "Start a new conversation or shorten the text.",
            )
        options = sampling_options(sampling)
        options["max_new_tokens"] = min(sampling.max_new_tokens, context - tokens)
        pieces = self.stream_text(tokenizer, inputs, **options)
        yield from until_stop(pieces, sampling.stop)


class CausalModel(GeneratingModel, Generate):
    """Continues a text."""

    def generate(self, prompt: str, sampling: Sampling) -> TextStream:
        """Yield the continuation."""
        inputs = self.tokenizer(prompt, return_tensors="pt", split_special_tokens=True)
        inputs.pop("token_type_ids", None)
        yield from self.continue_prompt(self.tokenizer, inputs, sampling)


class ChatModel(CausalModel, Chat):
    """Answers a conversation too."""

    def chat(self, messages: list[Message], sampling: Sampling) -> TextStream:
        """Yield the answer."""
        messages = with_plain_text(messages, control_tokens(self.tokenizer))
        inputs = chat_inputs(self.tokenizer, with_system(messages, self.system))
        yield from self.continue_prompt(self.tokenizer, inputs, sampling)


def causal_model(folder: Path, model: Any, auto_class: str) -> CausalModel:
    """A chat model if its tokenizer has a chat template."""
    made = ChatModel(folder, model, auto_class)
    return made if made.tokenizer.chat_template else CausalModel(folder, model, auto_class)
