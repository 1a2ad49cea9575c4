"""Tokens for a model, cut where its context ends, and said so. Used by the text adapters."""

from typing import Any

from pipelines.trace import note


def tokens(model: Any, *texts: str, **options: Any) -> Any:
    """One text (or a pair) as tensors of shape (1, tokens), at most the model's context long."""
    options = {"truncation": True, "max_length": model.max_length, **options}
    read = model.tokenizer(*texts, return_tensors="pt", **options)
    if read["input_ids"].shape[1] >= model.max_length:  # read again only where it may be cut
        whole = len(model.tokenizer(*texts, verbose=False)["input_ids"])
        if whole > model.max_length:
            note(f"Only the first {model.max_length:,} of {whole:,} tokens count.")
    return read
