"""The fill-mask tab: sentences with a gap in, words for it out; two lines are compared."""

from typing import Any

from components.results.filled_masks import MOST_LINES, FilledMasks
from components.results.vectors import lines_of
from components.tab import Tab


def lines_as_texts(given: dict[str, Any]) -> dict[str, Any]:
    """Each line is a sentence of its own; all are answered in one run."""
    lines = lines_of(given["text"] or "")
    return {"text": lines[:MOST_LINES] if len(lines) > 1 else given["text"]}


TAB = Tab(
    task="fill-mask",
    view=FilledMasks,
    batch=lines_as_texts,
    defaults={"top_k": 10},
    examples=[
        ["This course will teach you all about [MASK] models."],
        ["This man works as a [MASK].\nThis woman works as a [MASK]."],
        ["A woman in a red ___ is riding a ___."],
    ],
    transformers="""
from transformers import pipeline

pipe = pipeline("fill-mask", model="{model}")
text = {text}
for gap in ("[MASK]", "<mask>", "___"):  # as this model writes it
    text = text.replace(gap, pipe.tokenizer.mask_token)
print(pipe(text.splitlines(), top_k={top_k}))
""",
)
