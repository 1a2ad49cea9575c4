"""token-classification: a text → spans of it with labels: names, parts of speech.

run("token-classification", "Ada Lovelace lived in London.")
[{"entity_group": "PER", "score": 0.99, "word": "Ada Lovelace", "start": 0, "end": 12},
 {"entity_group": "LOC", "score": 0.99, "word": "London", "start": 22, "end": 28}]

Places are counted in characters (Unicode code points) of the text as it was sent. Tokens become
spans as in transformers: B- begins one, I- goes on with it, a label of neither kind goes on with
its own like; "O" is left out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, TypeAlias

import numpy as np

from pipelines.capabilities import TagTokens
from pipelines.inputs import Choice, Text
from pipelines.inputs.text import as_given
from pipelines.outputs import EntityGroup, TokenEntity
from pipelines.task import Task
from pipelines.token_results import TaggedToken

STRATEGIES = ("none", "simple", "first", "average", "max")
OUTSIDE = "O"
Entities: TypeAlias = list[EntityGroup] | list[TokenEntity]


@dataclass(frozen=True)
class Labelled:
    """A token or a word with the label that it got."""

    start: int
    end: int
    label: str
    score: float

    @property
    def begins(self) -> bool:
        """Whether its label begins a span."""
        return self.label.startswith("B-")

    @property
    def kind(self) -> str:
        """The label without its B- or I- (IOB tagging)."""
        return self.label[2:] if self.label[:2] in ("B-", "I-") else self.label


def token_classification(
    model: TagTokens,
    text: Annotated[str | list[str], Text("Text", "Who or what is named in this text?")],
    *,
    aggregation_strategy: Annotated[
        str, Choice("From tokens to spans; the last three never split a word", STRATEGIES)
    ] = "simple",
) -> Entities | list[Entities]:
    """Return the labelled spans in the text's order; for "none" the labelled tokens."""
    if isinstance(text, str):
        return _entities(model, text, aggregation_strategy)
    return [_entities(model, one, aggregation_strategy) for one in text]


def _entities(model: TagTokens, text: str, strategy: str) -> Entities:
    found = _each_token(model, text) if strategy == "none" else entities(model, text, strategy)
    for one in found:
        one["start"], one["end"] = as_given(text, one["start"], one["end"])
    return found


def entities(model: TagTokens, text: str, strategy: str = "simple") -> list[EntityGroup]:
    """The labelled spans of one text."""
    tokens, labels = model.tag_tokens(text), model.labels
    if strategy == "simple":
        labelled = [_best([token], token.scores, labels) for token in tokens]
    else:
        labelled = [_word(word, labels, strategy) for word in _words(tokens)]
    found = [_group(text, span) for span in _spans(labelled) if span[0].kind != OUTSIDE]
    return [one for one in found if one["word"]]


def _each_token(model: TagTokens, text: str) -> list[TokenEntity]:
    labels = model.labels
    found: list[TokenEntity] = []
    for index, token in enumerate(model.tag_tokens(text), 1):
        one = _best([token], token.scores, labels)
        if one.label != OUTSIDE:
            found.append(
                {
                    "entity": one.label,
                    "score": one.score,
                    "index": index,
                    "word": token.piece,
                    "start": token.start,
                    "end": token.end,
                }
            )
    return found


def _words(tokens: Iterable[TaggedToken]) -> list[list[TaggedToken]]:
    """The tokens of each word."""
    words: list[list[TaggedToken]] = []
    for token in tokens:
        if token.is_subword and words:
            words[-1].append(token)
        else:
            words.append([token])
    return words


def _word(word: list[TaggedToken], labels: list[str], strategy: str) -> Labelled:
    """A word with one label: its first token's, its surest token's, or the average's."""
    if strategy == "first":
        scores = word[0].scores
    elif strategy == "max":
        scores = max(word, key=lambda token: float(token.scores.max())).scores
    else:
        scores = np.mean([token.scores for token in word], axis=0)
    return _best(word, scores, labels)


def _best(tokens: list[TaggedToken], scores: "np.ndarray", labels: list[str]) -> Labelled:
    best = int(scores.argmax())
    return Labelled(tokens[0].start, tokens[-1].end, labels[best], float(scores[best]))


def _spans(labelled: Iterable[Labelled]) -> list[list[Labelled]]:
    """Neighbours of one kind, each span begun anew by B-."""
    spans: list[list[Labelled]] = []
    for one in labelled:
        if spans and not one.begins and spans[-1][-1].kind == one.kind:
            spans[-1].append(one)
        else:
            spans.append([one])
    return spans


def _group(text: str, span: list[Labelled]) -> EntityGroup:
    start = span[0].start
    word = text[start : span[-1].end].rstrip()  # the last token may be a space
    return {
        "entity_group": span[0].kind,
        "score": sum(one.score for one in span) / len(span),
        "word": word,
        "start": start,
        "end": start + len(word),
    }


TASK = Task(
    id="token-classification",
    title="Token classification",
    summary="An encoder labels each token: names of people, places and organizations, for example.",
    course="Transformers, what can they do?",
    order=8,
    run=token_classification,
    aliases=("ner",),
)
