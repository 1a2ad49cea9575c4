"""Trains the named-entity starter: low-rank adapters and a head on the verified MiniLM-L6.

    python -m starters.named_entities --data DIR [--evaluate]

DIR holds ner/ with wikigold.train.tsv (Balasuriya et al. 2009), wnut17.train.tsv and wnut17.dev.tsv
(Derczynski et al. 2017) and btc.train.tsv (Broad Twitter Corpus, Derczynski et al. 2016), each
CC BY 4.0: a word, a tab and its BIO tag a line, a blank line after each sentence.

MiniLM reads lower case only. Case tells most of what a name is, so it comes in through the token
types, which a single text leaves unused: 1 for the tokens of a word that begins with a capital.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from starters import minilm
from starters.loop import Recipe, train
from starters.starter import Figure, main

if TYPE_CHECKING:
    from pipelines import Playground

LABELS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG", "B-MISC", "I-MISC")
OTHER = [0, 7, 8]  # O and MISC, which the Broad Twitter Corpus does not tell apart
IGNORED = -100
HELD_OUT = 200  # sentences of WikiGold
LONGEST = 128  # tokens
BATCH = 700  # tokens
RANK = 16
RECIPE = Recipe(steps=500, learning_rate=1e-3, warmup=60, every=80, average=2)
Sentence = list[tuple[str, str]]  # words with their tags


@dataclass(frozen=True)
class Tagged:
    """One sentence as the model's inputs; `marginal` where O may hide a MISC."""

    ids: list[int]
    types: list[int]
    labels: list[int]
    marginal: bool


def sentences(file: Path) -> list[Sentence]:
    """The sentences of a file."""
    blocks = file.read_text("utf-8").split("\n\n")
    rows = [[line.split("\t") for line in block.splitlines() if "\t" in line] for block in blocks]
    return [[(word, tag) for word, tag in block] for block in rows if block]


def wikigold(data: Path) -> tuple[list[Sentence], list[Sentence]]:
    """Training and held-out sentences; the split is fixed."""
    found = sentences(data / "ner" / "wikigold.train.tsv")
    random.Random(0).shuffle(found)
    return found[HELD_OUT:], found[:HELD_OUT]


def recased(sentence: Sentence, chance: random.Random) -> Sentence:
    """Some sentences without capitals, or in capitals only, as people write."""
    drawn = chance.random()
    if drawn < 0.08:
        return [(word.lower(), tag) for word, tag in sentence]
    if drawn < 0.10:
        return [(word.upper(), tag) for word, tag in sentence]
    return sentence


def tagged(sentence: Sentence, tokenizer: Any, twitter: bool = False) -> Tagged:
    """A sentence as inputs and a label a token; all pieces of a word are labelled.

    The Broad Twitter Corpus tags @names as persons or not as it comes: they are left out.
    """
    words = [word for word, _ in sentence]
    encoded = tokenizer(words, is_split_into_words=True, truncation=True, max_length=LONGEST)
    places, pieces = encoded.word_ids(), encoded.tokens()
    labels, types, last = [], [], None
    for place in places:
        if place is None:
            labels.append(IGNORED)
            types.append(0)
            continue
        word, tag = sentence[place]
        inside = tag if place != last or tag == "O" else f"I-{tag[2:]}"
        skipped = twitter and word.startswith("@")
        labels.append(IGNORED if skipped else LABELS.index(inside))
        begins, _ = encoded.token_to_chars(len(types))
        goes_on = pieces[len(types)].startswith("##")
        types.append(types[-1] if goes_on else int(word[begins].isupper()))
        last = place
    return Tagged(encoded["input_ids"], types, labels, twitter)


def batches(data: Path, tokenizer: Any, epoch: int) -> Iterator[dict[str, torch.Tensor]]:
    """WikiGold three times, WNUT17 once and a third of the tweets, by turns."""
    chance = random.Random(epoch)
    clean, _ = wikigold(data)
    posts = sentences(data / "ner" / "wnut17.train.tsv")
    tweets = sentences(data / "ner" / "btc.train.tsv")[epoch % 3 :: 3]
    examples = [tagged(recased(s, chance), tokenizer) for s in [*clean * 3, *posts]]
    examples += [tagged(recased(s, chance), tokenizer, twitter=True) for s in tweets]
    for batch in minilm.batched(examples, lambda e: len(e.ids), BATCH, epoch):
        yield {
            "input_ids": minilm.padded([e.ids for e in batch]),
            "attention_mask": minilm.padded([[1] * len(e.ids) for e in batch]),
            "token_type_ids": minilm.padded([e.types for e in batch]),
            "labels": minilm.padded([e.labels for e in batch], IGNORED),
            "marginal": torch.tensor([e.marginal for e in batch]),
        }


def loss_of(logits: torch.Tensor, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """Cross entropy; where O may hide a MISC, O means either."""
    scores = logits.float().log_softmax(-1)
    either = scores[..., OTHER].logsumexp(-1)
    labels = batch["labels"]
    own = scores.gather(-1, labels.clamp(min=0).unsqueeze(-1)).squeeze(-1)
    hidden = (labels == 0) & batch["marginal"].unsqueeze(-1)
    chosen = torch.where(hidden, either, own)
    return -chosen[labels != IGNORED].mean()


def spans(tags: list[str]) -> set[tuple[int, int, str]]:
    """Entities as (first word, one past the last, kind), MISC left out."""
    found, start = set(), 0
    for index, tag in enumerate([*tags, "O"]):
        kind = tags[index - 1][2:] if index else ""
        if index and tags[index - 1] != "O" and (tag[:1] != "I" or tag[2:] != kind):
            found.add((start, index, kind))
        if tag[:1] == "B" or (tag[:1] == "I" and (not index or tags[index - 1][2:] != tag[2:])):
            start = index
    return {one for one in found if one[2] != "MISC"}


def f1(right: int, found: int, wanted: int) -> float:
    """Of precision and recall."""
    return 2 * right / max(1, found + wanted)


def held_out_f1(model: Any, tokenizer: Any, held_out: list[Sentence]) -> float:
    """Entity F1 by the first piece of each word."""
    right = found = wanted = 0
    for sentence in held_out:
        one = tagged(sentence, tokenizer)
        logits = model(
            input_ids=torch.tensor([one.ids]), token_type_ids=torch.tensor([one.types])
        ).logits[0]
        places = tokenizer([w for w, _ in sentence], is_split_into_words=True).word_ids()
        tags = ["O"] * len(sentence)
        for position in range(len(one.ids) - 1, -1, -1):
            if (place := places[position]) is not None:
                tags[place] = LABELS[int(logits[position].argmax())]
        true, guessed = spans([tag for _, tag in sentence]), spans(tags)
        right += len(true & guessed)
        found += len(guessed)
        wanted += len(true)
    return f1(right, found, wanted)


def fit(data: Path, out: Path, work: Path, backbone: Path) -> float:
    """Train and save; returns the seconds it took."""
    from transformers import AutoTokenizer

    torch.manual_seed(RECIPE.seed)
    model = minilm.with_adapters(
        backbone,
        "BertForTokenClassification",
        RANK,
        ("classifier", "bert.embeddings.token_type_embeddings"),
        num_labels=len(LABELS),
        id2label=dict(enumerate(LABELS)),
        label2id={label: index for index, label in enumerate(LABELS)},
    )
    tokenizer = AutoTokenizer.from_pretrained(backbone)
    _, held_out = wikigold(data)

    def loss(batch: dict[str, torch.Tensor]) -> torch.Tensor:
        inputs = {k: v for k, v in batch.items() if k not in ("labels", "marginal")}
        return loss_of(model(**inputs).logits, batch)

    def figures() -> dict[str, float]:
        return {"held_out": round(held_out_f1(model, tokenizer, held_out), 4)}

    seconds = train(
        model, lambda epoch: batches(data, tokenizer, epoch), loss, figures, work, RECIPE
    )
    model.config.token_types = "capitals"
    minilm.save(model, out, RANK)
    return seconds


def found_spans(playground: "Playground", sentence: Sentence) -> set[tuple[int, int, str]]:
    """What the starter marks in a sentence as text, by its words."""
    words = [word for word, _ in sentence]
    starts = [sum(len(word) + 1 for word in words[:n]) for n in range(len(words))]
    text = " ".join(words)
    answer = playground.run("token-classification", {"text": text}, "named-entities").value
    places = []
    for one in answer:
        inside = [
            n
            for n, start in enumerate(starts)
            if one["start"] < start + len(words[n]) > start and start < one["end"]
        ]
        if inside and one["entity_group"] != "MISC":
            places.append((inside[0], inside[-1] + 1, one["entity_group"]))
    return set(places)


def evaluate(playground: "Playground", data: Path) -> list[Figure]:
    """Entity F1 of what is bundled, through the playground as a user gets it."""

    def score(name: str, cases: list[Sentence], target: str) -> Figure:
        right = found = wanted = 0
        for sentence in cases:
            true = spans([tag for _, tag in sentence])
            marked = found_spans(playground, sentence)
            right += len(true & marked)
            found += len(marked)
            wanted += len(true)
        return Figure(name, f1(right, found, wanted), len(cases), target)

    _, held_out = wikigold(data)
    posts = sentences(data / "ner" / "wnut17.dev.tsv")
    return [
        score("held-out WikiGold sentences, entity F1", held_out, "≥ 0.75"),
        score("WNUT17 development posts, entity F1", posts, "≥ 0.55"),
    ]


STARTER = minilm.starter(
    name="named-entities",
    minutes=18,
    fit=fit,
    evaluate=evaluate,
    data=("ner",),
)

if __name__ == "__main__":
    main(STARTER, __doc__)
