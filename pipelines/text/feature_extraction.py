"""feature-extraction: a text → its vector, or one vector a token; several texts → a list of these.

run("feature-extraction", "A cat sits on the mat")
[0.06, -0.01, …]  # 384 numbers for MiniLM
"""

from typing import Annotated, TypeAlias

from pipelines.capabilities import Embed
from pipelines.inputs import Choice, Flag, Text
from pipelines.task import Task

POOLINGS = ("mean", "cls", "max", "last", "none", "auto")
Vector: TypeAlias = list[float]


def feature_extraction(
    model: Embed,
    text: Annotated[
        str | list[str], Text("Text", "One sentence, or several on lines of their own")
    ],
    *,
    pooling: Annotated[
        str, Choice("From token vectors to one; auto is as the repository says", POOLINGS)
    ] = "mean",
    normalize: Annotated[bool, Flag("Scale vectors to length 1")] = True,
) -> Vector | list[Vector] | list[list[Vector]]:
    """Return the text's vector, shape (hidden,); for pooling "none" (tokens, hidden)."""
    texts = [text] if isinstance(text, str) else text
    vectors: list[Vector] | list[list[Vector]]
    if pooling == "none":
        vectors = [one.tolist() for one in model.embed_tokens(texts, normalize=normalize)]
    else:
        vectors = model.embed(texts, pooling=pooling, normalize=normalize).tolist()
    return vectors[0] if isinstance(text, str) else vectors


TASK = Task(
    id="feature-extraction",
    title="Feature extraction",
    summary="An encoder turns a text into numbers in which near means alike.",
    course="Transformers, what can they do?",
    order=6,
    run=feature_extraction,
    tags=("sentence-similarity", "fill-mask"),
)
