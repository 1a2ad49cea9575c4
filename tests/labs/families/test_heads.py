"""What an encoder's head adds in lab 1, on tiny models saved with such a head."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from components.labs.families.heads import _last_word_masked, head_result
from pipelines.capabilities import AnswerSpan
from pipelines.labs.families import attention
from pipelines.labs.families.heads import head_of
from pipelines.labs.families.session import LabModel
from pipelines.text.question_answering import answers
from tests.labs.conftest import Open

TEXT = "The lion sleeps under an old tree."

Saved = Callable[[str, str], LabModel]


@pytest.fixture
def saved(open_tiny: Open, tmp_path: Path) -> Saved:
    """A model saved with a head and opened again as the lab opens any Hub id."""

    def opened(name: str, head: str) -> LabModel:
        model, tokenizer = open_tiny(name, head)
        model.save_pretrained(tmp_path)
        tokenizer.save_pretrained(tmp_path)
        return LabModel(*attention.load(tmp_path), name)

    return opened


@pytest.mark.parametrize("name", ["bert-encoder", "distilbert", "modernbert", "roberta"])
def test_a_gap_is_filled_however_it_is_written(saved: Saved, name: str) -> None:
    lab = saved(name, "ForMaskedLM")
    asked = [
        head_result(lab, TEXT, f"The lion {gap} here.") for gap in ("[MASK]", "<mask>", "____")
    ]
    assert asked[0] == asked[1] == asked[2]
    assert asked[0].count("lab-bar") == 5
    assert "lab-bar" in head_result(lab, TEXT, "")
    assert attention.family(lab.model.config) == "encoder"
    assert lab.model.config._attn_implementation == "eager"


@pytest.mark.parametrize("name", ["bert-encoder", "distilbert", "modernbert"])
def test_names_are_marked_and_the_text_stays_whole(saved: Saved, name: str) -> None:
    lab = saved(name, "ForTokenClassification")
    drawn = head_result(lab, TEXT, "")
    assert "Names in the sentence" in drawn
    marked = drawn.split('class="lab-marked">')[1].split("</p>")[0]
    assert re.sub(r" ?<small>.*?</small>|<.*?>", "", marked) == TEXT


def test_an_answer_is_marked_and_asked_for_first(saved: Saved) -> None:
    lab = saved("bert-encoder", "ForQuestionAnswering")
    assert "Type a question" in head_result(lab, TEXT, "")
    drawn = head_result(lab, TEXT, "Who sleeps?")
    head = head_of(lab.model, lab.tokenizer)
    assert isinstance(head, AnswerSpan)
    [answer] = answers(head, "Who sleeps?", TEXT)
    assert re.findall("<mark>(.*?) <small>", drawn) == [answer["answer"]]
    marked = drawn.split('class="lab-marked">')[1].split("</p>")[0]
    assert re.sub(r" ?<small>.*?</small>|<.*?>", "", marked) == TEXT


def test_a_model_without_a_head_says_which_have_one(saved: Saved) -> None:
    assert "bert-base-NER" in head_result(saved("bert-encoder", ""), TEXT, "")


@pytest.mark.parametrize(
    ("sentence", "masked"), [("A cat sits here.", "A cat sits ___."), ("Why so ?", "Why ___.")]
)
def test_without_a_gap_the_last_word_is_one(sentence: str, masked: str) -> None:
    assert _last_word_masked(sentence, "___") == masked
