"""summarization: a text → a shorter one, streamed.

Models trained for it (BART, T5, Pegasus) need no words, chat models are asked for it; a text longer
than they read well is summarized in parts, then the parts' summaries together. Of embedding models
the summary is extractive: the sentences that say most of the text.

    run("summarization", article, max_length=40)
    {"summary_text": "America has changed …"}
"""

from collections.abc import Iterator
from typing import Annotated

from pipelines.capabilities import Chat, Embed, Generate, Summarize
from pipelines.errors import InputError
from pipelines.inputs import Number, Text
from pipelines.language_identification import language_of
from pipelines.outputs import SummaryText
from pipelines.run import note
from pipelines.sentences import clauses, sentences
from pipelines.task import Task
from pipelines.text.answering import ask
from pipelines.text.extraction import (
    SENTENCE_END,
    candidates,
    count_words,
    extract,
    first_words,
    joined,
)

PART = 4_000  # characters, about 1,000 tokens: what small models still read well
TOKENS_PER_WORD = 1.6


def summarization(
    model: Summarize | Chat | Generate | Embed,
    text: Annotated[str, Text("Text", "Paste an article", lines=10, words=True)],
    *,
    max_length: Annotated[int, Number("Longest summary, in words", 5, 500)] = 60,
    min_length: Annotated[
        int | None,
        Number("Shortest summary, in words; empty: as the model does", 0, 500, optional=True),
    ] = None,
) -> Iterator[SummaryText]:
    """Yield the summary as it grows."""
    if (min_length or 0) > max_length:
        raise InputError(
            f"min_length={min_length} is more than max_length={max_length}.",
            "Give a smaller min_length, or a larger max_length.",
        )
    if count_words(text) <= max_length:
        note("The text is no longer than a summary may be: it is given as it is.")
        yield {"summary_text": text.strip()}
    elif isinstance(model, Embed) and not isinstance(model, Summarize | Chat | Generate):
        yield {"summary_text": _extracted(model, text, max_length, min_length or 0)}
    else:
        summary = ""
        for grown in _in_parts(model, text, max_length, min_length):
            summary = grown["summary_text"]
            yield grown
        if (words := count_words(summary)) < (min_length or 0):
            note(f"The model ended its summary after {words} words, short of min_length.")


def _extracted(model: Embed, text: str, max_length: int, min_length: int) -> str:
    """The sentences that say most of the text, in its order."""
    found = candidates(text, language_of(text) or "en")
    vectors = model.embed(found, pooling="auto", normalize=True)
    return joined(extract(found, vectors, max_length, min_length))


def _in_parts(
    model: Summarize | Chat | Generate, text: str, max_length: int, min_length: int | None
) -> Iterator[SummaryText]:
    """Yield the growing summary of a text, of each part first where it is long."""
    parts = _parts(text)
    while len(parts) > 1:
        note(f"The text was summarised in {len(parts)} parts, then their summaries together.")
        summaries: list[str] = []
        for part in parts:
            summary = ""
            for summary in _summary(model, part, max_length, min_length):
                yield {"summary_text": "\n\n".join([*summaries, summary])}
            summaries.append(summary)
        parts = _parts("\n\n".join(summaries))
    for summary in _summary(model, parts[0], max_length, min_length):
        yield {"summary_text": summary}


def _summary(
    model: Summarize | Chat | Generate, text: str, max_length: int, min_length: int | None
) -> Iterator[str]:
    """Yield one part's summary as it grows, never longer than `max_length` words."""
    longest = int(max_length * TOKENS_PER_WORD) + 8
    if isinstance(model, Summarize):
        shortest = None if min_length is None else int(min_length * TOKENS_PER_WORD)
        pieces = model.summarize(text, max_new_tokens=longest, min_new_tokens=shortest)
    else:
        words = f"in {min_length} to {max_length} words" if min_length else ""
        words = words or f"in at most {max_length} words"
        question = f"Summarize the following text {words}.\n\n{text}"
        pieces = ask(model, question, max_new_tokens=longest)
    summary = ""
    for piece in pieces:
        summary += piece
        if count_words(summary) > max_length:
            pieces.close()
            break
        yield summary.strip()
    yield _whole_sentences(summary.strip(), max_length, min_length or 0)


def _whole_sentences(text: str, max_length: int, min_length: int = 0) -> str:
    """Without a last sentence that was cut off; what is cut where no sentence ends is marked."""
    kept = first_words(text, max_length, min_length)
    ends = [match.end() for match in SENTENCE_END.finditer(kept)]
    whole = kept[: ends[-1]] if ends and ends[-1] > len(kept) / 3 else kept
    if count_words(whole) >= min_length:
        return whole
    return kept if SENTENCE_END.search(kept[-1:]) else f"{kept}…"


def _parts(text: str) -> list[str]:
    """The text in parts of at most PART characters that end where sentences do."""
    parts = [""]
    for sentence in sentences(text, language_of(text) or "en"):
        # A "sentence" without an end is a log or a table.
        for piece in clauses(sentence, lambda one: len(one) <= PART):
            if len(parts[-1]) + len(piece.rstrip()) > PART:
                parts.append("")
            parts[-1] += piece
    return [part.strip() for part in parts]


TASK = Task(
    id="summarization",
    title="Summarization",
    summary="A model reads a long text and writes a shorter one, or picks its main sentences.",
    course="Transformers, what can they do?",
    order=3,
    run=summarization,
    tags=("text2text-generation", "text-generation"),
)
