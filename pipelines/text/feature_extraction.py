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
    hidden = model(**inputs).last_hidden_state
    hidden = _pooled(
        hidden, inputs["attention_mask"], model.pooling if pooling == "auto" else pooling
    )
    return hidden / hidden.norm(dim=-1, keepdim=True).clamp_min(1e-12) if normalize else hidden


def _pooled(hidden: Any, mask: Any, pooling: str) -> Any:
    """From vectors of tokens, (texts, tokens, hidden), to one a text; for "none" as they are."""
    counts = mask.unsqueeze(-1).to(hidden.dtype)
    if pooling == "mean":
        return (hidden * counts).sum(1) / counts.sum(1)
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
