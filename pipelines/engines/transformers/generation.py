"""Streaming generation: a worker thread generates, the caller reads, closing stops it."""

import threading
from collections.abc import Callable
from typing import Any

import torch
import transformers

from pipelines import events
from pipelines.capabilities import TextStream
from pipelines.errors import Cancelled, ModelError
from pipelines.run import count_tokens, current, finished


def stream(model: Any, tokenizer: Any, inputs: dict[str, Any], options: Any) -> TextStream:
    """Yield generated text piece by piece; closing the stream stops the work."""
    streamer = _Streamer(tokenizer, model.config.is_encoder_decoder)
    ends = torch.tensor(model.generation_config.eos_token_id or []).reshape(-1).tolist()
    stopped = threading.Event()

    def work(put: Callable[[str], None]) -> None:
        streamer.put_text = put
        with torch.inference_mode():
            # With beams the text is not known until the end: transformers refuses to stream.
            streams = options.get("num_beams", 1) == 1
            output = model.generate(
                **inputs,
                **options,
                streamer=streamer if streams else None,
                stopping_criteria=[lambda ids, scores: _all(stopped, ids)],
            )
            if not streams:
                streamer.tokens = output.shape[1]
                put(tokenizer.decode(output[0], skip_special_tokens=True))
            ended = output[0, -1].item() in ends
            longest = options.get("max_new_tokens", float("inf"))
            finished("length" if streamer.tokens >= longest and not ended else "stop")

    try:
        yield from events.stream(work, current(), name="transformers generate", stop=stopped)
    except Cancelled:
        raise
    except Exception as error:
        raise ModelError("The model failed while generating.", str(error)) from error
    finally:
        count_tokens(streamer.tokens)


class _Streamer(transformers.TextIteratorStreamer):  # type: ignore[misc]  # untyped base
    """Counts tokens, and passes on what is ready to be read."""

    def __init__(self, tokenizer: Any, is_encoder_decoder: bool) -> None:
        super().__init__(tokenizer, skip_prompt=not is_encoder_decoder, skip_special_tokens=True)
        self.put_text: Callable[[str], None]
        self.tokens = 0

    def put(self, value: Any) -> None:
        self.tokens += 0 if self.skip_prompt and self.next_tokens_are_prompt else 1
        super().put(value)

    def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
        if text:
            self.put_text(text)


def _all(stopped: threading.Event, ids: Any) -> Any:
    return torch.full((ids.shape[0],), stopped.is_set(), dtype=torch.bool, device=ids.device)
