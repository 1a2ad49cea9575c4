"""Trains the question answering starter: adapters and a span head on the verified MiniLM-L6.

    python -m starters.marked_answers --data DIR [--evaluate]

DIR holds qa/xquad.en.train.jsonl (XQuAD, Artetxe et al. 2020, drawn from SQuAD; CC BY-SA 4.0): 901
questions over 180 paragraphs, which is little; spans/, which `starters.cloze_questions` writes, out
of which questions are made by rules; and wordnet/ (see the masked-word starter). The adapters begin
as those of the masked-word starter, which has learned again to tell the words of a sentence apart.
"""

import json
import random
import re
import string
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

from starters import cloze_questions, loop, minilm
from starters.loop import Recipe, train
from starters.starter import BUNDLES, Figure, main

if TYPE_CHECKING:
    from pipelines import Playground

HELD_OUT = 36  # paragraphs
LONGEST = {"cuda": 320, "cpu": 112}  # tokens of question and text in training
BATCH = {"cuda": 16_384, "cpu": 900}  # tokens
MADE = {"cuda": 8_000, "cpu": 700}  # questions made by rules in the first epoch, then ever fewer
FADES = 12  # epochs until none is made any more
CAVEAT = (
    "This starter learned from few questions: one answer in three is right, and its score is low "
    "where it guesses."
)
MOST = 30  # tokens of an answer
RANK = 40
RECIPES = {
    "cuda": Recipe(steps=1_849, learning_rate=1.2e-3, warmup=100, every=132, average=3),
    "cpu": Recipe(steps=280, learning_rate=1e-3, warmup=25, every=70, average=2),
}


@dataclass(frozen=True)
class Case:
    """A question, the paragraph, and the answer in it."""

    question: str
    context: str
    answer: str
    start: int


@dataclass(frozen=True)
class Asked:
    """A case as the model's inputs, with the first and last token of the answer."""

    ids: list[int]
    types: list[int]
    start: int
    end: int


def cases(data: Path) -> tuple[list[Case], list[Case]]:
    """Training and held-out cases, which share no paragraph; the split is fixed."""
    lines = (data / "qa" / "xquad.en.train.jsonl").read_text("utf-8").splitlines()
    found = [
        Case(r["question"].strip(), r["context"], r["answers"][0], r["answer_start"][0])
        for r in map(json.loads, lines)
    ]
    paragraphs = sorted({case.context for case in found})
    random.Random(0).shuffle(paragraphs)
    apart = set(paragraphs[:HELD_OUT])
    return [c for c in found if c.context not in apart], [c for c in found if c.context in apart]


class Questions:
    """Questions as the model's inputs; each text is cut into tokens once."""

    def __init__(self, data: Path, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self.real = cases(data)[0]
        paragraphs = cloze_questions.read(data / "spans" / "spans.jsonl")
        self.spans = [(p.text, *span) for p in paragraphs for span in p.spans]
        self.synonyms = cloze_questions.synonyms(data / "wordnet")
        self.context = cache(self._context)

    def _context(self, text: str) -> Any:
        return self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)

    def cloze_cases(self, epoch: int, chance: random.Random) -> list[Case]:
        """Questions made by rules, others each time."""
        count = round(MADE[loop.device()] * max(0.0, 1 - epoch / FADES))
        return [
            Case(
                cloze_questions.question(text, start, end, kind, self.synonyms, chance),
                text,
                text[start:end],
                start,
            )
            for text, start, end, kind in chance.sample(self.spans, min(count, len(self.spans)))
        ]

    def asked(self, case: Case, question: list[int], chance: random.Random) -> Asked:
        """A question with a piece of its paragraph that holds the answer."""
        text = self.context(case.context)
        offsets, stop = text["offset_mapping"], case.start + len(case.answer)
        inside = [n for n, (a, b) in enumerate(offsets) if a < stop and b > case.start]
        first, last = inside[0], min(inside[-1], inside[0] + MOST - 1)
        room = max(LONGEST[loop.device()] - len(question) - 3, last - first + 1)
        most_left = min(first, max(0, len(offsets) - room))
        left = chance.randint(min(max(0, last + 1 - room), most_left), most_left)
        piece = text["input_ids"][left : left + room]
        before = [self.tokenizer.cls_token_id, *question, self.tokenizer.sep_token_id]
        return Asked(
            [*before, *piece, self.tokenizer.sep_token_id],
            [0] * len(before) + [1] * (len(piece) + 1),
            len(before) + first - left,
            len(before) + last - left,
        )

    def batches(self, epoch: int) -> Iterator[dict[str, torch.Tensor]]:
        """All questions of the data, and some that are made by rules."""
        chance = random.Random(epoch)
        found = [*self.real, *self.cloze_cases(epoch, chance)]
        questions = self.tokenizer([c.question for c in found], add_special_tokens=False)
        examples = [
            self.asked(case, ids[:40], chance)
            for case, ids in zip(found, questions["input_ids"], strict=True)
        ]
        place = loop.device()
        for batch in minilm.batched(examples, lambda e: len(e.ids), BATCH[place], epoch):
            inputs = {
                "input_ids": minilm.padded([e.ids for e in batch]),
                "attention_mask": minilm.padded([[1] * len(e.ids) for e in batch]),
                "token_type_ids": minilm.padded([e.types for e in batch]),
                "start": torch.tensor([e.start for e in batch]),
                "end": torch.tensor([e.end for e in batch]),
            }
            yield {name: value.to(place) for name, value in inputs.items()}


def normalized(answer: str) -> list[str]:
    """SQuAD's words of an answer: lower case, no punctuation, no articles."""
    plain = "".join(c for c in answer.lower() if c not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", plain).split()


def f1(answer: str, wanted: str) -> float:
    """SQuAD's F1: how far the words of two answers are the same."""
    ours, theirs = normalized(answer), normalized(wanted)
    same = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * same / (len(ours) + len(theirs)) if same else float(ours == theirs)


@dataclass(frozen=True)
class Scored:
    """The logits of [CLS] and of the paragraph's tokens, with the characters of these."""

    case: Case
    starts: torch.Tensor
    ends: torch.Tensor
    offsets: list[tuple[int, int]]

    def best(self) -> str:
        """The likeliest answer."""
        starts, ends = self.starts[1:], self.ends[1:]
        both = starts[:, None] + ends[None, :]
        allowed = torch.ones_like(both, dtype=torch.bool).triu().tril(MOST - 1)
        both = both.masked_fill(~allowed, -torch.inf)
        a, b = divmod(int(both.argmax()), both.shape[1])
        return self.case.context[self.offsets[a][0] : self.offsets[b][1]]

    def loss(self, temperature: float) -> float:
        """Cross entropy of the right first and last token, as pipelines/engines/text_heads.py
        takes the chances: among the paragraph's tokens and [CLS]."""
        stop = self.case.start + len(self.case.answer)
        inside = [n for n, (a, b) in enumerate(self.offsets, 1) if a < stop and b > self.case.start]
        if not inside:  # cut off
            return 0.0
        starts, ends = ((one / temperature).log_softmax(0) for one in (self.starts, self.ends))
        return -float(starts[inside[0]] + ends[inside[-1]])


def scored(model: Any, tokenizer: Any, cases: list[Case]) -> Iterator[Scored]:
    """What the model says of each whole paragraph."""
    for case in cases:
        inputs = tokenizer(
            case.question,
            case.context,
            truncation="only_second",
            max_length=512,
            return_offsets_mapping=True,
            return_tensors="pt",
        ).to(model.device)
        offsets = inputs.pop("offset_mapping")[0].tolist()
        text = [n for n, part in enumerate(inputs.sequence_ids(0)) if part == 1]
        with torch.no_grad():
            out = model(**inputs)
        starts, ends = out.start_logits[0].float().cpu(), out.end_logits[0].float().cpu()
        yield Scored(case, starts[[0, *text]], ends[[0, *text]], [offsets[n] for n in text])


def held_out_f1(model: Any, tokenizer: Any, held_out: list[Case]) -> float:
    """Mean F1 over whole paragraphs."""
    found = [f1(one.best(), one.case.answer) for one in scored(model, tokenizer, held_out)]
    return sum(found) / len(found)


def halves(held_out: list[Case]) -> tuple[list[Case], list[Case]]:
    """Held-out cases to fit the temperature on, and those to measure it on: other paragraphs."""
    fitted = set(sorted({case.context for case in held_out})[::2])
    return (
        [case for case in held_out if case.context in fitted],
        [case for case in held_out if case.context not in fitted],
    )


def fitted_temperature(found: list[Scored]) -> float:
    """The temperature under which the right answers are likeliest (Guo et al. 2017)."""
    return min(
        (2 ** (n / 40) for n in range(-80, 201)), key=lambda t: sum(s.loss(t) for s in found)
    )


def calibrate(model: Any, tokenizer: Any, held_out: list[Case]) -> float:
    """Divide the span head by the temperature, so that scores say how often answers are right.

    The loss rewards a training question known by heart for ever larger logits. Which answer is the
    likeliest stays the same.
    """
    temperature = fitted_temperature([*scored(model, tokenizer, halves(held_out)[0])])
    with torch.no_grad():
        model.qa_outputs.weight /= temperature
        model.qa_outputs.bias /= temperature
    return temperature


def calibration_error(scores: list[float], right: list[bool], bins: int = 10) -> float:
    """How far, on average, the score is from the share of right answers, in bins of like scores."""
    binned: dict[int, list[int]] = {}
    for place, score in enumerate(scores):
        binned.setdefault(min(int(score * bins), bins - 1), []).append(place)
    gaps = [abs(sum(scores[n] - right[n] for n in places)) for places in binned.values()]
    return sum(gaps) / len(scores)


def fit(data: Path, out: Path, work: Path, backbone: Path) -> float:
    """Train and save; returns the seconds it took. It begins with adapters of the same rank."""
    from safetensors.torch import load_file
    from transformers import AutoTokenizer

    recipe = RECIPES[loop.device()]
    torch.manual_seed(recipe.seed)
    model = minilm.with_adapters(backbone, "BertForQuestionAnswering", RANK, ("qa_outputs",))
    model.to(loop.device())
    saved = load_file(BUNDLES / "masked-words" / "adapter_model.safetensors")
    named = dict(model.named_parameters())
    with torch.no_grad():
        for name, parameter in named.items():
            if "lora_" in name:
                parameter.copy_(saved[minilm.PREFIX + name.replace(".default", "")])
    tokenizer = AutoTokenizer.from_pretrained(backbone)
    _, held_out = cases(data)
    questions = Questions(data, tokenizer)

    def loss(batch: dict[str, torch.Tensor]) -> torch.Tensor:
        inputs = {k: v for k, v in batch.items() if k not in ("start", "end")}
        outside = (batch["token_type_ids"] == 0) | (batch["attention_mask"] == 0)
        outside[:, 0] = False  # [CLS], which means no answer, is to lose
        out = model(**inputs)
        starts = out.start_logits.float().masked_fill(outside, -1e4)
        ends = out.end_logits.float().masked_fill(outside, -1e4)
        return (
            functional.cross_entropy(starts, batch["start"])
            + functional.cross_entropy(ends, batch["end"])
        ) / 2

    def figures() -> dict[str, float]:
        return {"f1": round(held_out_f1(model, tokenizer, held_out), 4)}

    seconds = train(model, questions.batches, loss, figures, work, recipe)
    print(f"temperature {calibrate(model, tokenizer, held_out):.2f}")
    model.config.caveat = CAVEAT
    minilm.save(model, out, RANK)
    return seconds


def evaluate(playground: "Playground", data: Path) -> list[Figure]:
    """SQuAD's F1 and exact matches of what is bundled, through the playground; on the half that the
    temperature was not fitted on, how far the scores are from the share of exact matches."""
    held_out = cases(data)[1]
    total = 0.0
    exact: dict[Case, bool] = {}
    scores: dict[Case, float] = {}
    for case in held_out:
        given = {"question": case.question, "context": case.context}
        found = playground.run("question-answering", given, "marked-answers").value
        total += f1(found["answer"], case.answer)
        exact[case] = normalized(found["answer"]) == normalized(case.answer)
        scores[case] = found["score"]
    measured = halves(held_out)[1]
    error = calibration_error([scores[c] for c in measured], [exact[c] for c in measured])
    name, count = "questions on held-out paragraphs", len(held_out)
    return [
        Figure(f"{name}, F1", total / count, count, "≥ 0.50"),
        Figure(f"{name}, exact match", sum(exact.values()) / count, count),
        Figure("expected calibration error of the scores", error, len(measured)),
    ]


STARTER = minilm.starter(
    name="marked-answers",
    minutes=6,
    fit=fit,
    evaluate=evaluate,
    data=("qa", "spans", "wordnet"),
    needs="the masked-word starter",
)

if __name__ == "__main__":
    main(STARTER, __doc__)
