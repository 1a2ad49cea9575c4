"""Trains the masked-word starter: low-rank adapters and a head on the verified MiniLM-L6.

    python -m starters.masked_words --data DIR [--evaluate]

DIR holds text/sherlock-holmes.txt (Project Gutenberg 1661, public domain), rt-polarity/, multi30k/,
ner/ and qa/ (see the other starters), wordnet/ with data.noun, data.verb, data.adj and data.adv
(WordNet 3.0, WordNet licence; Debian's wordnet-base has them in /usr/share/wordnet), and prose/,
which `starters.prose` writes: novels and Webster's dictionary of 1913 (public domain), articles of
Wikipedia (CC BY-SA 3.0).

The head is BERT's: a layer and the word embeddings, which stay MiniLM's own, so only the layer and
a bias a word are saved.
"""

import random
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

from starters import loop, marked_answers, minilm
from starters.loop import Recipe, train
from starters.named_entities import sentences, wikigold
from starters.prose import sentences as split
from starters.starter import Figure, main

if TYPE_CHECKING:
    from pipelines import Playground

HELD_OUT = 200  # sentences of each source
LONGEST = 96  # tokens
BATCH = {"cuda": 24_576, "cpu": 700}  # tokens
SHARE = 0.2  # of the words masked
RANK = 40
RECIPES = {
    "cuda": Recipe(steps=1_582, learning_rate=1.5e-3, warmup=300, every=113, average=3),
    "cpu": Recipe(steps=1_500, learning_rate=1.2e-3, warmup=60, every=150, average=2),
}
CAVEAT = "This starter learned from little text: it knows frequent words better than facts."
WORD = re.compile(r"[A-Za-z]+")


def _prose(data: Path) -> list[str]:
    text = (data / "text" / "sherlock-holmes.txt").read_text("utf-8-sig")
    paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", text)]
    return [s for p in paragraphs for s in re.split(r"(?<=[.!?][”\"]|.[.!?])\s+", p)]


def _glosses(data: Path) -> list[str]:
    """WordNet's examples, and its definitions of two words or more."""
    found = []
    for part in ("noun", "verb", "adj", "adv"):
        for line in (data / "wordnet" / f"data.{part}").read_text("utf-8").splitlines():
            if "|" in line:
                gloss = line.split("|", 1)[1]
                found += [e.strip().capitalize() for e in re.findall(r'"([^"]+)"', gloss)]
                found.append(gloss.split('; "')[0].strip())
    return found


def _reviews(data: Path) -> list[str]:
    files = [data / "rt-polarity" / f"train.{ending}" for ending in ("neg", "pos")]
    return [line for file in files for line in file.read_text("utf-8", "replace").splitlines()]


def _captions(data: Path) -> list[str]:
    return (data / "multi30k" / "train.en").read_text("utf-8").splitlines()


def _encyclopedia(data: Path) -> list[str]:
    return [" ".join(word for word, _ in s) for part in wikigold(data) for s in part]


def _novels(data: Path) -> list[str]:
    return (data / "prose" / "novels.txt").read_text("utf-8").splitlines()


def _definitions(data: Path) -> list[str]:
    return (data / "prose" / "definitions.txt").read_text("utf-8").splitlines()


def _articles(data: Path) -> list[str]:
    paragraphs = (data / "prose" / "articles.txt").read_text("utf-8").splitlines()
    return [sentence for paragraph in paragraphs for sentence in split(paragraph)]


def _paragraphs(data: Path) -> list[str]:
    """The sentences that the question answering starter learns from."""
    contexts = sorted({case.context for case in marked_answers.cases(data)[0]})
    return [sentence for context in contexts for sentence in split(context)]


def _posts(data: Path) -> list[str]:
    files = [data / "ner" / f"{name}.train.tsv" for name in ("btc", "wnut17")]
    return [" ".join(word for word, _ in s) for file in files for s in sentences(file)]


SOURCES = {  # how many sentences of each an epoch takes; those of which some are held out
    _prose: 5_000,
    _glosses: 40_000,
    _reviews: 6_000,
    _captions: 14_000,
    _encyclopedia: 1_000,
}
MORE = {_novels: 16_000, _definitions: 30_000, _articles: 18_000, _paragraphs: 700, _posts: 4_000}


@cache
def texts(data: Path) -> tuple[list[list[str]], list[list[str]]]:
    """Training and held-out sentences, a list a source; the split is fixed."""
    training, held_out = [], []
    for source in SOURCES:
        found = sorted({s.strip() for s in source(data) if len(s.split()) >= 4})
        random.Random(0).shuffle(found)
        held_out.append(found[:HELD_OUT])
        training.append(found[HELD_OUT:])
    apart = {_letters(s) for part in held_out for s in part}
    for source in MORE:
        found = sorted({s.strip() for s in source(data) if len(s.split()) >= 4})
        random.Random(0).shuffle(found)
        training.append([s for s in found if _letters(s) not in apart])
    return training, held_out


def _letters(sentence: str) -> str:
    return "".join(WORD.findall(sentence)).lower()


class Corpus:
    """The training sentences as tokens, all in one tensor, where the model is trained.

    On a GPU, sentences are put together, and words masked, faster than one by one in Python.
    """

    def __init__(self, data: Path, tokenizer: Any) -> None:
        self.counts = [*SOURCES.values(), *MORE.values()]
        self.sizes = [len(part) for part in texts(data)[0]]
        rows = [
            ids
            for part in texts(data)[0]
            for ids in tokenizer(part, truncation=True, max_length=LONGEST)["input_ids"]
        ]
        self.lengths = [len(ids) for ids in rows]
        ends = torch.tensor(self.lengths).cumsum(0)
        self.starts = (ends - torch.tensor(self.lengths)).to(loop.device())
        self.ids = torch.tensor([one for ids in rows for one in ids], device=loop.device())
        self.words = _whole_words(self.ids, tokenizer)
        self.mask = tokenizer.mask_token_id

    def epoch(self, epoch: int) -> list[int]:
        """The numbers of an epoch's sentences: others each time, as many of each source."""
        drawn, first = [], 0
        for size, count in zip(self.sizes, self.counts, strict=True):
            drawn += [first + (epoch * count + n) % size for n in range(count)]
            first += size
        return drawn

    def batch(self, sentences: Sequence[int]) -> dict[str, torch.Tensor]:
        """Sentences with other words masked each time: whole ones, of one token each."""
        lengths = torch.tensor([self.lengths[n] for n in sentences], device=self.ids.device)
        starts = self.starts[torch.tensor(sentences, device=self.ids.device)]
        places = torch.arange(int(lengths.max()), device=self.ids.device)
        real = places < lengths[:, None]
        index = (starts[:, None] + places).clamp(max=len(self.ids) - 1)
        ids, words = self.ids[index].where(real, 0), self.words[index] & real
        order = torch.rand(words.shape, device=words.device).masked_fill(~words, -1)
        count = (SHARE * words.sum(1, keepdim=True)).round().clamp(min=1)
        rank = order.argsort(1, descending=True).argsort(1)
        hidden = words & (rank < count)
        row, place = hidden.nonzero(as_tuple=True)
        return {
            "input_ids": ids.masked_fill(hidden, self.mask),
            "attention_mask": real.long(),
            "rows": row,
            "places": place,
            "words": ids[hidden],
        }

    def batches(self, epoch: int) -> Iterator[dict[str, torch.Tensor]]:
        """An epoch's sentences, those of like length together."""
        torch.manual_seed(epoch)
        tokens = BATCH[loop.device()]
        for batch in minilm.batched(self.epoch(epoch), self.lengths.__getitem__, tokens, epoch):
            yield self.batch(batch)

    def frequencies(self, words: int) -> torch.Tensor:
        """The logarithm of how often each token stands there: a first guess."""
        counts = torch.bincount(self.ids[self.words], minlength=words) + 0.5
        return counts.log() - counts.sum().log()


def _whole_words(ids: torch.Tensor, tokenizer: Any) -> torch.Tensor:
    """Which tokens are a word of letters by themselves."""
    tokens = tokenizer.convert_ids_to_tokens(range(len(tokenizer)))
    letters = torch.tensor([token.isalpha() for token in tokens], device=ids.device)
    inside = torch.tensor([token.startswith("##") for token in tokens], device=ids.device)
    goes_on = inside[ids].roll(-1)
    return letters[ids] & ~goes_on


def held_out_cases(data: Path) -> list[tuple[str, str]]:
    """Each held-out sentence with one of its words masked, and that word."""
    chance = random.Random(1)
    cases = []
    for sentence in (s for part in texts(data)[1] for s in part):
        words = list(WORD.finditer(sentence))
        word = chance.choice(words)
        cases.append((f"{sentence[: word.start()]}[MASK]{sentence[word.end() :]}", word[0].lower()))
    return cases


def guesses(model: Any, tokenizer: Any, cases: list[tuple[str, str]]) -> dict[str, float]:
    """Share of the words that are the best guess, or among the best five."""
    first = five = 0
    for start in range(0, len(cases), 100):
        part = cases[start : start + 100]
        inputs = tokenizer(
            [text for text, _ in part],
            padding=True,
            truncation=True,
            max_length=128,
            return_tensors="pt",
        ).to(model.device)
        rows, places = (inputs["input_ids"] == tokenizer.mask_token_id).nonzero(as_tuple=True)
        states = model.bert(**inputs).last_hidden_state[rows, places]
        best = model.cls(states).topk(5).indices.tolist()
        for row, ids in zip(rows.tolist(), best, strict=True):
            found = tokenizer.convert_ids_to_tokens(ids)
            first += found[0] == part[row][1]
            five += part[row][1] in found
    return {"top_1": round(first / len(cases), 4), "top_5": round(five / len(cases), 4)}


def fit(data: Path, out: Path, work: Path, backbone: Path) -> float:
    """Train and save; returns the seconds it took."""
    from transformers import AutoTokenizer

    recipe = RECIPES[loop.device()]
    torch.manual_seed(recipe.seed)
    head = ("cls.predictions.transform", "cls.predictions.bias")
    model = minilm.with_adapters(backbone, "BertForMaskedLM", RANK, head).to(loop.device())
    tokenizer = AutoTokenizer.from_pretrained(backbone)
    cases = held_out_cases(data)
    corpus = Corpus(data, tokenizer)
    with torch.no_grad():
        model.cls.predictions.bias.copy_(corpus.frequencies(len(tokenizer)))

    def loss(batch: dict[str, torch.Tensor]) -> torch.Tensor:
        inputs = {name: batch[name] for name in ("input_ids", "attention_mask")}
        states = model.bert(**inputs).last_hidden_state[batch["rows"], batch["places"]]
        return functional.cross_entropy(model.cls(states).float(), batch["words"])

    def figures() -> dict[str, float]:
        return guesses(model, tokenizer, cases)

    seconds = train(model, corpus.batches, loss, figures, work, recipe)
    model.config.caveat = CAVEAT
    minilm.save(model, out, RANK)
    return seconds


def evaluate(playground: "Playground", data: Path) -> list[Figure]:
    """Share of hidden words that what is bundled guesses, through the playground."""
    cases = held_out_cases(data)
    first = five = 0
    for text, word in cases:
        found = playground.run("fill-mask", {"text": text}, "masked-words").value
        guessed = [one["token_str"] for one in found]
        first += guessed[0] == word
        five += word in guessed
    name = "hidden words of held-out sentences"
    return [
        Figure(f"{name}, first guess", first / len(cases), len(cases), "≥ 0.30"),
        Figure(f"{name}, first five", five / len(cases), len(cases), "≥ 0.50"),
    ]


STARTER = minilm.starter(
    name="masked-words",
    minutes=19,
    fit=fit,
    evaluate=evaluate,
    data=("text", "rt-polarity", "multi30k", "ner", "qa", "wordnet", "prose"),
)

if __name__ == "__main__":
    main(STARTER, __doc__)
