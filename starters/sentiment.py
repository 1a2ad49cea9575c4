"""Trains the sentiment starter: low-rank adapters and a head on the verified MiniLM-L6.

    python -m starters.sentiment --data DIR [--evaluate]

DIR holds rt-polarity/train.{neg,pos} (sentence polarity v1.0, Pang & Lee 2005, film reviews; free
for research). Only what was trained is saved, in peft's format;
pipelines/engines/transformers/lora.py merges it into the backbone.
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional

from pipelines import Playground
from pipelines.settings import from_environment
from starters.loop import Recipe, train
from starters.minilm import HUB, training
from starters.starter import Figure, Starter, main

LABELS = ("NEGATIVE", "POSITIVE")
HELD_OUT = 500  # sentences of each label
LONGEST = 80  # tokens
BATCH = 32
RECIPE = Recipe(steps=1_600, learning_rate=6e-4, warmup=100, every=100, average=3)
EVERYDAY = Path(__file__).with_name("everyday_sentences.tsv")
Example = tuple[str, int]


def reviews(data: Path) -> tuple[list[Example], list[Example]]:
    """Training and held-out sentences; the split is fixed."""
    training: list[Example] = []
    held_out: list[Example] = []
    for label, ending in enumerate(("neg", "pos")):
        text = (data / "rt-polarity" / f"train.{ending}").read_text("utf-8", "replace")
        sentences = sorted({line.strip() for line in text.splitlines() if line.strip()})
        random.Random(0).shuffle(sentences)
        examples = [(sentence, label) for sentence in sentences]
        held_out += examples[:HELD_OUT]
        training += examples[HELD_OUT:]
    return training, held_out


def everyday() -> list[Example]:
    """The sixty everyday sentences, which no training sees."""
    rows = [line.split("\t") for line in EVERYDAY.read_text("utf-8").splitlines()]
    return [(sentence, LABELS.index(label)) for label, sentence in rows]


def make_model(backbone: Path) -> Any:
    """The frozen backbone with adapters on all its linear layers, pooler and head trained whole."""
    from peft import LoraConfig, get_peft_model
    from transformers import BertForSequenceClassification

    model = BertForSequenceClassification.from_pretrained(
        backbone,
        dtype=torch.float32,
        num_labels=len(LABELS),
        id2label=dict(enumerate(LABELS)),
        label2id={label: index for index, label in enumerate(LABELS)},
    )
    adapters = LoraConfig(
        r=16,
        lora_alpha=32,
        lora_dropout=0.1,
        target_modules=["query", "key", "value", "attention.output.dense", "dense"],
        modules_to_save=["pooler", "classifier"],
        exclude_modules=["bert.pooler.dense"],
        task_type="SEQ_CLS",
    )
    return get_peft_model(model, adapters)


def batched(examples: list[Example], tokenizer: Any, seed: int) -> Iterator[dict[str, Any]]:
    """Batches of sentences of like length, in random order."""
    shuffler = random.Random(seed)
    order = sorted(examples, key=lambda e: len(e[0]) + shuffler.random() * 20)
    batches = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
    shuffler.shuffle(batches)
    for batch in batches:
        inputs = tokenizer(
            [sentence for sentence, _ in batch],
            padding=True,
            truncation=True,
            max_length=LONGEST,
            return_tensors="pt",
        )
        yield {**inputs, "labels": torch.tensor([label for _, label in batch])}


def accuracy(model: Any, tokenizer: Any, examples: list[Example]) -> float:
    """Share of right labels."""
    right = 0
    with torch.inference_mode():
        for batch in batched(examples, tokenizer, 0):
            labels = batch.pop("labels")
            right += int((model(**batch).logits.argmax(-1) == labels).sum())
    return right / len(examples)


def fit(data: Path, out: Path, work: Path, backbone: Path) -> float:
    """Train and save in float16; returns the seconds it took."""
    from transformers import AutoTokenizer

    torch.manual_seed(RECIPE.seed)
    model, tokenizer = make_model(backbone), AutoTokenizer.from_pretrained(backbone)
    model.print_trainable_parameters()
    training, held_out = reviews(data)

    def loss(batch: dict[str, Any]) -> torch.Tensor:
        labels = batch["labels"]
        logits = model(**{k: v for k, v in batch.items() if k != "labels"}).logits
        return functional.cross_entropy(logits.float(), labels, label_smoothing=0.05)

    def figures() -> dict[str, float]:
        return {"held_out": round(accuracy(model, tokenizer, held_out), 4)}

    seconds = train(
        model, lambda epoch: batched(training, tokenizer, epoch), loss, figures, work, RECIPE
    )
    model.peft_config["default"].base_model_name_or_path = HUB
    model.half().save_pretrained(out)
    (out / "README.md").unlink()  # peft's empty card; ours is MODEL_CARD.md
    model.config.architectures = ["BertForSequenceClassification"]
    model.config.save_pretrained(out)
    return seconds


def evaluate(playground: Playground, data: Path | None) -> list[Figure]:
    """Accuracy of what is bundled, through the playground as a user gets it."""

    def right(name: str, examples: list[Example], target: str) -> Figure:
        answers = [
            playground.run("text-classification", {"text": sentence}, "sentiment").value[0]["label"]
            for sentence, _ in examples
        ]
        pairs = zip(answers, examples, strict=True)
        share = sum(a == LABELS[label] for a, (_, label) in pairs) / len(examples)
        return Figure(name, share, len(examples), target)

    found = [right("everyday sentences, accuracy", everyday(), "≥ 0.85")]
    if data:
        _, held_out = reviews(data)
        found.append(right("held-out film reviews, accuracy", held_out, "≥ 0.82"))
    return found


def figures(folder: Path, data: Path | None) -> list[Figure]:
    """Of what is bundled: an adapter is loaded with its backbone, so not from any folder."""
    threads = torch.get_num_threads()  # two spin and wait on a busy machine
    return evaluate(Playground(replace(from_environment(), threads=threads)), data)


STARTER = Starter(
    name="sentiment",
    minutes=24,
    train=training("sentiment", fit),
    figures=figures,
    data=("rt-polarity",),
)

if __name__ == "__main__":
    main(STARTER, __doc__)
