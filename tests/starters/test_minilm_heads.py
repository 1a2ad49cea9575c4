"""The bundled starters on MiniLM that say something of each token."""

import math
from pathlib import Path

import pytest
import torch

from components.text import fill_mask, question_answering
from pipelines import Playground
from starters import marked_answers
from starters.marked_answers import (
    Case,
    Scored,
    calibrate,
    calibration_error,
    f1,
    fitted_temperature,
    halves,
)
from starters.named_entities import LABELS, loss_of, spans

FOLDER = Path(__file__).parents[2] / "assets" / "starters"
STARTERS = ("masked-words", "named-entities", "marked-answers")


@pytest.mark.parametrize("name", STARTERS)
def test_only_what_was_trained_is_bundled(name: str) -> None:
    files = {file.name for file in (FOLDER / name).iterdir()}
    trained = {"adapter_config.json", "adapter_model.safetensors", "config.json"}
    assert files == {*trained, "MODEL_CARD.md"}
    assert sum(file.stat().st_size for file in (FOLDER / name).iterdir()) < 4_000_000


def test_names_are_marked_with_and_without_capitals(
    playground: Playground, starters: object
) -> None:
    def marked(text: str) -> set[tuple[str, str]]:
        found = playground.run("ner", {"text": text}, "named-entities").value
        return {(one["entity_group"], one["word"]) for one in found}

    text = "Marie Curie moved from Warsaw to Paris."
    names = {("PER", "Marie Curie"), ("LOC", "Warsaw"), ("LOC", "Paris")}
    assert marked(text) == names
    assert {word for _, word in marked("i met angela merkel in berlin")} >= {"berlin"}


def test_small_words_are_guessed(playground: Playground, starters: object) -> None:
    text = "A man is sitting on [MASK] bench in the park."
    found = playground.run("fill-mask", {"text": text}, "masked-words").value
    assert "a" in [one["token_str"] for one in found]


def test_the_examples_of_the_tabs_are_answered(playground: Playground, starters: object) -> None:
    answers = [
        playground.run(
            "question-answering", {"question": asked, "context": text}, "marked-answers"
        ).value["answer"]
        for asked, text in question_answering.TAB.examples
    ]
    builder, work, closed = answers
    assert [builder, closed] == ["Ellen Ward", "March 2019"]
    assert work.startswith("Hugging Face")

    def guessed(text: str) -> list[list[str]]:
        found = playground.run("fill-mask", {"text": text}, "masked-words").value
        gaps = found if isinstance(found[0], list) else [found]
        return [[one["token_str"] for one in gap] for gap in gaps]

    _, (man_and_woman,), (red,) = fill_mask.TAB.examples
    for sentence in man_and_woman.splitlines():
        assert {"man", "woman", "worker"} <= set(guessed(sentence)[0])
    assert [gap[0] for gap in guessed(red)] == ["shirt", "bike"]


def test_names_are_counted_whole_and_misc_not_at_all() -> None:
    tags = ["B-PER", "I-PER", "B-PER", "O", "I-LOC", "B-MISC", "I-ORG", "I-ORG"]
    assert spans(tags) == {(0, 2, "PER"), (2, 3, "PER"), (4, 5, "LOC"), (6, 8, "ORG")}


def test_where_misc_is_not_marked_it_is_no_fault_to_see_one() -> None:
    misc = LABELS.index("B-MISC")
    logits = torch.full((1, 1, len(LABELS)), -20.0)
    logits[0, 0, misc] = 20.0
    label = torch.zeros(1, 1, dtype=torch.long)  # O
    told = {"labels": label, "marginal": torch.tensor([False])}
    assert loss_of(logits, told) > 10
    assert loss_of(logits, {**told, "marginal": torch.tensor([True])}) < 0.01


def scored(right: tuple[int, int], sure: float) -> Scored:
    """Logits of a model that is so sure of the first of three words."""
    text = "Ada in York"
    case = Case("Who?", text, text[slice(*right)], right[0])
    logits = torch.tensor([0.0, sure, 0.0, 0.0])
    return Scored(case, logits, logits, [(0, 3), (4, 6), (7, 11)])


def test_the_temperature_is_that_of_a_model_which_is_right_as_often_as_it_is_sure() -> None:
    """Of the first token it is right three times in four: logits that say so need no temperature,
    and four times these need four."""
    right, wrong = (0, 3), (7, 11)
    sure = math.log(0.75 / (0.25 / 3))
    for factor in (1, 4):
        found = [scored(one, factor * sure) for one in (right, right, right, wrong)]
        assert fitted_temperature(found) == pytest.approx(factor, rel=0.1)


def test_calibrating_divides_the_logits_and_leaves_the_answers(
    tiny: Playground,
) -> None:
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    folder = tiny.store.local(tiny.catalogue["bert-question-answering"])
    model = AutoModelForQuestionAnswering.from_pretrained(folder).eval()
    model.qa_outputs.weight.data *= 100
    tokenizer = AutoTokenizer.from_pretrained(folder)
    texts = ("the lion sleeps under an old tree", "an old tree sleeps")
    held_out = [Case("who sleeps", text, "tree", text.index("tree")) for text in texts]
    before = list(marked_answers.scored(model, tokenizer, held_out))
    temperature = calibrate(model, tokenizer, held_out)
    after = list(marked_answers.scored(model, tokenizer, held_out))
    assert temperature > 1.5
    for one, other in zip(before, after, strict=True):
        torch.testing.assert_close(one.starts, other.starts * temperature)
        torch.testing.assert_close(one.ends, other.ends * temperature)
        assert one.best() == other.best()


def test_the_calibration_error_is_the_mean_gap_between_scores_and_right_answers() -> None:
    assert calibration_error([1.0, 1.0, 0.2, 0.2], [True, False, False, False]) == pytest.approx(
        (abs(2 - 1) + abs(0.4 - 0)) / 4
    )
    assert calibration_error([0.52, 0.58], [True, False]) == pytest.approx(0.05)


def test_the_temperature_is_measured_on_other_paragraphs() -> None:
    held_out = [Case(f"{n}?", f"paragraph {n // 3}", "x", 0) for n in range(30)]
    fitted, measured = halves(held_out)
    assert {*fitted, *measured} == {*held_out}
    assert not {c.context for c in fitted} & {c.context for c in measured}
    assert len(fitted) == len(measured)


def test_answers_are_compared_as_squad_compares_them() -> None:
    assert f1("The Normans.", "normans") == 1
    assert f1("in the year 1908", "1908") == pytest.approx(0.5)
    assert f1("York", "Leeds") == 0
