"""Streaming generation: a worker thread generates, the caller reads, closing stops it."""

import queue
import threading
from contextvars import copy_context
from typing import Any

import torch
import transformers

from pipelines.capabilities import TextStream
from pipelines.errors import Cancelled, ModelError
from pipelines.trace import CHECK_SECONDS, count_tokens, stop_if_cancelled


def stream(model: Any, tokenizer: Any, inputs: dict[str, Any], options: Any) -> TextStream:
    """Yield generated text piece by piece; closing the stream stops the work."""
    streamer = _Streamer(tokenizer, model.config.is_encoder_decoder)
    stopped = threading.Event()

    def work() -> None:
        try:
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
                    streamer.pieces.put(tokenizer.decode(output[0], skip_special_tokens=True))
        except Exception as error:
            streamer.pieces.put(error)
        finally:
            streamer.pieces.put(None)

    worker = threading.Thread(
        target=copy_context().run, args=(work,), name="transformers generate", daemon=True
    )
    worker.start()
    try:
        while True:
            try:
                piece = streamer.pieces.get(timeout=CHECK_SECONDS)
            except queue.Empty:  # with beams nothing comes before the end
                stop_if_cancelled()
                continue
            if piece is None:
                return
            if isinstance(piece, Cancelled):
                raise piece
            if isinstance(piece, Exception):
                raise ModelError("The model failed while generating.", str(piece)) from piece
            yield piece
    finally:
        stopped.set()
        worker.join()
        count_tokens(streamer.tokens)


class _Streamer(transformers.TextIteratorStreamer):  # type: ignore[misc]  # untyped base
    """Counts tokens, and passes on what is ready to be read."""

    def __init__(self, tokenizer: Any, is_encoder_decoder: bool) -> None:
        super().__init__(tokenizer, skip_prompt=not is_encoder_decoder, skip_special_tokens=True)
        self.pieces: queue.SimpleQueue[str | Exception | None] = queue.SimpleQueue()
        self.tokens = 0

    def put(self, value: Any) -> None:
        self.tokens += 0 if self.skip_prompt and self.next_tokens_are_prompt else 1
        super().put(value)

    def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
        if text:
            self.pieces.put(text)


def _all(stopped: threading.Event, ids: Any) -> Any:
    return torch.full((ids.shape[0],), stopped.is_set(), dtype=torch.bool, device=ids.device)
