"""feature-extraction: a text → its vector, or one vector a token.

run("feature-extraction", "A cat sits on the mat")
[0.06, -0.01, …]  # 384 numbers for MiniLM
"""

from typing import Annotated, Any

from pipelines.inputs import Choice, Flag, Text
from pipelines.task import Task
from pipelines.trace import note

POOLINGS = ("mean", "cls", "max", "last", "none", "auto")


def feature_extraction(
    model: Any,
    text: Annotated[str, Text("Text", "One sentence, or several on lines of their own")],
    *,
    pooling: Annotated[
        str, Choice("From token vectors to one; auto is as the repository says", POOLINGS)
    ] = "mean",
    normalize: Annotated[bool, Flag("Scale vectors to length 1")] = True,
) -> list[float] | list[list[float]]:
    """Return the text's vector, shape (hidden,); for pooling "none" (tokens, hidden)."""
    vectors = embed(model, [text], pooling=pooling, normalize=normalize)[0]
    result: list[float] | list[list[float]] = vectors.tolist()
    return result


def embed(model: Any, texts: list[str], *, pooling: str, normalize: bool) -> Any:
    """Vectors of texts as one tensor: (texts, hidden), for "none" (texts, tokens, hidden)."""
    inputs = model.tokenizer(
        texts, return_tensors="pt", padding=True, truncation=True, max_length=model.max_length
    )
    read = inputs["input_ids"].shape[1]
    if read >= model.max_length:
        longest = max(len(ids) for ids in model.tokenizer(texts, verbose=False)["input_ids"])
        if longest > read:
            note(f"Only the first {read} of {longest} tokens count.")
    tokens, mask = model(**inputs).last_hidden_state, inputs["attention_mask"]
    told = pooling == "auto"
    vectors = _as_told(model.sentence, tokens, mask) if told else _pooled(tokens, mask, pooling)
    return vectors / vectors.norm(dim=-1, keepdim=True).clamp_min(1e-12) if normalize else vectors


def _as_told(sentence: Any, tokens: Any, mask: Any) -> Any:
    """The vectors that a repository's files describe."""
    import torch

    vectors = torch.cat([_pooled(tokens, mask, one) for one in sentence.poolings], -1)
    for layer in sentence.layers:
        vectors = layer(vectors)
    return vectors


def _pooled(hidden: Any, mask: Any, pooling: str) -> Any:
    """From vectors of tokens, (texts, tokens, hidden), to one a text; for "none" as they are."""
    counts = mask.unsqueeze(-1).to(hidden.dtype)
    if pooling == "weightedmean":  # a token counts the more, the later it comes
        counts = counts * counts.cumsum(1)
    if pooling in ("mean", "weightedmean"):
        return (hidden * counts).sum(1) / counts.sum(1)
    if pooling == "mean_sqrt_len_tokens":
        return (hidden * counts).sum(1) / counts.sum(1).sqrt()
    if pooling == "max":
        return hidden.masked_fill(counts == 0, float("-inf")).amax(1)
    if pooling == "cls":
        return hidden[:, 0]
    if pooling == "last":  # padding may stand on either side
        last = mask.shape[1] - 1 - mask.flip(1).argmax(1)
        return hidden[range(len(hidden)), last]
    return hidden


TASK = Task(
    id="feature-extraction",
    title="Feature extraction",
    summary="An encoder turns a text into numbers in which near means alike.",
    course="Transformers, what can they do?",
    order=6,
    run=feature_extraction,
    heads=("AutoModel",),
    tags=("sentence-similarity", "fill-mask"),
)
