"""A loaded transformers model: what adapters ask of it. Its parts come when one asks for them."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from pipelines.engines.transformers import conversations, hearing, parts, speaking
from pipelines.engines.transformers.device import brought_back, moved
from pipelines.engines.transformers.generation import stream
from pipelines.engines.transformers.sentence import Sentence, sentence
from pipelines.engines.zero_gpu import on_gpu, stream_on_gpu
from pipelines.errors import InputError
from pipelines.inputs.audio import Sound
from pipelines.inputs.messages import Message, with_system
from pipelines.trace import stop_if_cancelled


class TransformersModel:
    """One loaded model; its tokenizer and processors come when an adapter asks for them."""

    parallel = 1
    system = ""

    def __init__(self, folder: Path, model: Any, head: str) -> None:
        self.folder = folder
        self.model = model
        self.head = head
        self.config = model.config

    @property
    def can_chat(self) -> bool:
        """Whether it goes on with a text."""
        return self.head == "AutoModelForCausalLM"

    @cached_property
    def max_length(self) -> int:
        """How many tokens the model reads at once."""
        text = self.config.get_text_config()
        context = getattr(text, "max_position_embeddings", None) or 512
        if text.model_type in {"roberta", "xlm-roberta", "camembert"}:
            context -= 2  # their positions start after the padding index
        return int(min(self.tokenizer.model_max_length, context))

    @cached_property
    def tokenizer(self) -> Any:
        """The tokenizer."""
        return parts.part(self.folder, "AutoTokenizer")

    @cached_property
    def image_processor(self) -> Any:
        """The image processor, on Pillow."""
        return parts.part(self.folder, "AutoImageProcessor", backend="pil")

    @cached_property
    def feature_extractor(self) -> Any:
        """The feature extractor for sound."""
        return parts.part(self.folder, "AutoFeatureExtractor")

    @cached_property
    def processor(self) -> Any:
        """Tokenizer and image or sound processor in one."""
        return parts.processor(self.folder, self.config)

    @cached_property
    def sentence(self) -> Sentence:
        """How its repository makes one vector from those of the tokens."""
        return sentence(self.folder)

    def __call__(self, **inputs: Any) -> Any:
        """Run the model once, without gradients; not any more when the user has stopped."""
        stop_if_cancelled()

        def run() -> Any:
            with torch.inference_mode():
                return brought_back(self.model(**moved(inputs, self.model)))

        return on_gpu(run)

    def made(self, *, call: str = "generate", **inputs: Any) -> Any:
        """What the model's own `generate` or its like returns, whole."""
        stop_if_cancelled()

        def run() -> Any:
            with torch.inference_mode():
                return brought_back(getattr(self.model, call)(**moved(inputs, self.model)))

        return on_gpu(run)

    def generate(self, tokenizer: Any, inputs: Any, **options: Any) -> Iterator[str]:
        """Yield generated text piece by piece; closing the iterator stops the work."""

        def run() -> Iterator[str]:
            return stream(self.model, tokenizer, moved(inputs, self.model), options)

        yield from stream_on_gpu(run)

    def chat(
        self,
        messages: list[Message],
        *,
        max_new_tokens: int,
        temperature: float,
        top_p: float,
        seed: int | None = None,
    ) -> Iterator[str]:
        """Yield the answer piece by piece; a model without a chat template goes on with the text.

        Raises:
            InputError: the conversation is longer than the model's context.
        """
        tokenizer, inputs = conversations.read(self, with_system(messages, self.system))
        tokens = inputs["input_ids"].shape[1]
        context = getattr(self.config.get_text_config(), "max_position_embeddings", None)
        context = context or tokens + max_new_tokens
        if tokens >= context:
            raise InputError(
                f"The conversation has {tokens:,} tokens; {context:,} fit the model's context.",
                "Start a new conversation or shorten the text.",
            )
        if seed is not None:
            torch.manual_seed(seed)
        sampling = {"do_sample": True, "temperature": temperature, "top_p": top_p}
        yield from self.generate(
            tokenizer,
            inputs,
            max_new_tokens=min(max_new_tokens, context - tokens),
            **(sampling if temperature > 0 else {"do_sample": False}),
        )

    @property
    def sees(self) -> bool:
        """Whether its chats may have pictures."""
        return self.head == "AutoModelForImageTextToText"

    @property
    def chats_about_pictures(self) -> bool:
        """Whether it is asked about pictures in messages, or with a prefix (PaliGemma)."""
        return self.sees and conversations.has_template(self.processor)

    def transcribe(
        self, sound: Sound, language: str | None, task: str, timestamps: bool
    ) -> Iterator[tuple[float, float, str]]:
        """Yield (start, end, text) of each piece, in seconds, as it is decoded."""
        yield from hearing.transcribe(self, sound, language, task, timestamps)

    @cached_property
    def sampling_rate(self) -> int:
        """Samples a second of its speech."""
        return speaking.sampling_rate(self)

    def speak(self, text: str, length_scale: float) -> Iterator[Any]:
        """Yield int16 samples, shape (samples,)."""
        yield from speaking.speak(self, text, length_scale)

    def close(self) -> None:
        """Give the memory back."""
        self.model = None
