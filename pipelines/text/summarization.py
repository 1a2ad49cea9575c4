"""summarization: a text → a shorter one, streamed.

Chat models are asked for it; models trained for it (BART, T5, Pegasus) need no words. A text
longer than the model reads well is summarised in parts, then the parts' summaries together.

    run("summarization", article, max_length=40)
    {"summary_text": "America has changed …"}
"""

import re
from collections.abc import Iterator
from typing import Annotated

from pipelines.capabilities import Chat, Generate, Summarize
from pipelines.inputs import Number, Text
from pipelines.outputs import SummaryText
from pipelines.run import note
from pipelines.task import Task
from pipelines.text.answering import ask

PART = 4_000  # characters, about 1,000 tokens: what small models still read well
TOKENS_PER_WORD = 1.6


def summarization(
    model: Summarize | Chat | Generate,
    text: Annotated[str, Text("Text", "Paste an article", lines=10, words=True)],
    *,
    max_length: Annotated[int, Number("Longest summary, in words", 5, 500)] = 60,
) -> Iterator[SummaryText]:
    """Yield the summary as it grows."""
    parts = _parts(text)
    while len(parts) > 1:
        note(f"The text was summarised in {len(parts)} parts, then their summaries together.")
        summaries: list[str] = []
        for part in parts:
            summary = ""
            for summary in _summary(model, part, max_length):
                yield {"summary_text": "\n\n".join([*summaries, summary])}
            summaries.append(summary)
        parts = _parts("\n\n".join(summaries))
    for summary in _summary(model, parts[0], max_length):
        yield {"summary_text": summary}


def _summary(model: Summarize | Chat | Generate, text: str, max_length: int) -> Iterator[str]:
    """Yield one part's summary as it grows, never longer than `max_length` words."""
    longest = int(max_length * TOKENS_PER_WORD) + 8
    if isinstance(model, Summarize):
        pieces = model.summarize(text, max_new_tokens=longest)
    else:
        question = f"Summarize the following text in at most {max_length} words.\n\n{text}"
        pieces = ask(model, question, max_new_tokens=longest)
    summary = ""
    for piece in pieces:
        summary += piece
        if len(summary.split()) > max_length:
            pieces.close()
            break
        yield summary.strip()
    words = summary.split()
    yield _whole_sentences(
        summary.strip() if len(words) <= max_length else " ".join(words[:max_length])
    )


def _whole_sentences(text: str) -> str:
    """Drop a last sentence that was cut off, unless it is the only one."""
    ends = [match.end() for match in re.finditer(r"[.!?…](?=\s|$)", text)]
    return text[: ends[-1]] if ends and ends[-1] > len(text) / 3 else text


def _parts(text: str) -> list[str]:
    """The text in parts of about PART characters that end where sentences do."""
    parts = [""]
    for sentence in re.split(r"(?<=[.!?…\n])\s+", text):
        # A "sentence" without an end (a log, a table) is cut hard.
        for start in range(0, len(sentence), PART):
            piece = sentence[start : start + PART]
            if parts[-1] and len(parts[-1]) + len(piece) > PART:
                parts.append("")
            parts[-1] = f"{parts[-1]} {piece}".strip()
    return parts


TASK = Task(
    id="summarization",
    title="Summarization",
    summary="A model reads a long text and writes a shorter one that keeps what matters.",
    course="Transformers, what can they do?",
    order=3,
    run=summarization,
    tags=("text2text-generation", "text-generation"),
)
