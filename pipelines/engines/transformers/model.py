"""The base of all loaded transformers models: its parts, and the three ways to run it."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import torch

from pipelines.capabilities import TextStream
from pipelines.engines.transformers import parts
from pipelines.engines.transformers.device import brought_back, moved
from pipelines.engines.transformers.generation import stream
from pipelines.engines.zero_gpu import on_gpu, stream_on_gpu
from pipelines.run import stop_if_cancelled


class TransformersModel:
    """One loaded model; its tokenizer and processors are loaded on first use."""

    engine = "transformers"  # also where another engine hands its folder on to this one
    parallel = 1
    system = ""

    def __init__(self, folder: Path, model: Any, auto_class: str) -> None:
        self.folder = folder
        self.model = model
        self.auto_class = auto_class
        self.config = model.config

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

    def forward(self, **inputs: Any) -> Any:
        """One forward pass without gradients; its output on the CPU, floating point in float32.

        Raises:
            Cancelled: the user has stopped.
        """
        stop_if_cancelled()

        def run() -> Any:
            with torch.inference_mode():
                return brought_back(self.model(**moved(inputs, self.model)))

        return on_gpu(run)

    def run_method(self, name: str, **inputs: Any) -> Any:
        """The whole result of a method of the model, such as `generate`, as of `forward`."""
        stop_if_cancelled()

        def run() -> Any:
            with torch.inference_mode():
                return brought_back(getattr(self.model, name)(**moved(inputs, self.model)))

        return on_gpu(run)

    def stream_text(self, tokenizer: Any, inputs: Any, **options: Any) -> TextStream:
        """Yield what `generate` writes piece by piece; closing the stream stops it."""

        def run() -> TextStream:
            return stream(self.model, tokenizer, moved(inputs, self.model), options)

        yield from stream_on_gpu(run)

    def close(self) -> None:
        """Free the memory."""
        self.model = None


MakeModel: TypeAlias = Callable[[Path, Any, str], TransformersModel]  # folder, model, Auto class
