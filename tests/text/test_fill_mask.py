"""fill-mask: transformers' own scores, every way to write a gap, targets, several gaps."""

from typing import Any

import pytest

from pipelines import Playground
from pipelines.errors import InputError

TASK = "fill-mask"
FAMILIES = ["bert", "distilbert", "roberta", "deberta-v2", "modernbert"]
BEFORE = "the lion sleeps under an old"


def pipe(tiny: Playground, model: str) -> Any:
    from transformers import pipeline

    return pipeline(TASK, model=str(tiny.store.local(tiny.catalogue[model])), device="cpu")


@pytest.mark.parametrize("family", FAMILIES)
def test_the_scores_are_those_of_transformers_own_pipeline(exact: Playground, family: str) -> None:
    model = f"{family}-{TASK}"
    own = pipe(exact, model)
    theirs = own(f"{BEFORE} {own.tokenizer.mask_token}", top_k=20)
    ours = exact.run(TASK, {"text": f"{BEFORE} [MASK]"}, model, {"top_k": 20}).value
    assert [one["token"] for one in ours] == [one["token"] for one in theirs]
    assert [one["token_str"] for one in ours] == [one["token_str"] for one in theirs]
    assert [one["score"] for one in ours] == pytest.approx(
        [one["score"] for one in theirs], abs=1e-5
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_a_gap_is_understood_however_it_is_written(tiny: Playground, family: str) -> None:
    gaps = ("[MASK]", "<mask>", "___", "______", "[mask]", "[ MASK ]", "<MASK>")
    asked = [
        tiny.run(TASK, {"text": f"{BEFORE} {gap} ."}, f"{family}-{TASK}").value for gap in gaps
    ]
    assert all(one == asked[0] for one in asked)


def test_other_special_tokens_in_a_text_are_text(tiny: Playground) -> None:
    typed, apart = (
        tiny.run(TASK, {"text": f"{BEFORE} [MASK] {token} [MASK]"}, f"bert-{TASK}").value
        for token in ("[SEP] [CLS]", "[ SEP ] [ CLS ]")
    )
    scores = [[[word["score"] for word in mask] for mask in one] for one in (typed, apart)]
    assert scores[0] == scores[1]
    assert typed[0][0]["sequence"].endswith("[SEP] [CLS] [MASK]")


@pytest.mark.parametrize("family", FAMILIES)
def test_targets_are_the_only_words_and_keep_their_scores(exact: Playground, family: str) -> None:
    model, text = f"{family}-{TASK}", {"text": f"{BEFORE} [MASK]"}
    own = pipe(exact, model)
    every = exact.run(TASK, text, model, {"top_k": 100}).value
    words = [one["token_str"].strip() for one in every if one["token_str"].strip().isalpha()][:2]
    ours = exact.run(TASK, text, model, {"targets": words}).value
    assert {one["token_str"].strip() for one in ours} == {*words}
    theirs = {
        one["token"]: one["score"]
        for one in own(f"{BEFORE} {own.tokenizer.mask_token}", top_k=len(own.tokenizer))
    }
    for one in ours:
        assert one["score"] == pytest.approx(theirs[one["token"]], abs=1e-5)


def test_a_target_of_several_tokens_is_stood_for_by_its_first_and_said_so(tiny: Playground) -> None:
    answer = tiny.run(TASK, {"text": f"{BEFORE} ___"}, f"bert-{TASK}", {"targets": ["treehouse"]})
    assert [one["token_str"] for one in answer.value] == ["tree"]
    assert answer.notes == ("“treehouse” is 6 tokens to this model; “tree” stands for it.",)


def test_of_a_list_the_item_without_a_gap_is_named(tiny: Playground) -> None:
    with pytest.raises(InputError, match=r"^Item 2: No word is masked"):
        tiny.run(TASK, {"text": [f"{BEFORE} ___", BEFORE]}, f"bert-{TASK}")


def test_the_sentence_stays_as_it_was_written(tiny: Playground) -> None:
    text = "The LION, Émile 🙂, sleeps under an old [MASK]!"
    (one,) = tiny.run(TASK, {"text": text}, f"bert-{TASK}", {"targets": ["tree"]}).value
    assert one["sequence"] == "The LION, Émile 🙂, sleeps under an old tree!"


def test_a_piece_that_goes_on_with_a_word_is_joined_to_it(tiny: Playground) -> None:
    found = tiny.run(TASK, {"text": f"{BEFORE} [MASK]"}, f"bert-{TASK}", {"top_k": 100}).value
    pieces = [one for one in found if one["token_str"].startswith("##")]
    assert pieces
    assert {one["sequence"] for one in pieces} == {BEFORE + p["token_str"][2:] for p in pieces}


def test_several_gaps_get_a_list_each_and_the_others_stay_gaps(exact: Playground) -> None:
    model = f"bert-{TASK}"
    theirs = pipe(exact, model)("the [MASK] sleeps under an old [MASK]")
    ours = exact.run(TASK, {"text": "the ___ sleeps under an old ___"}, model).value
    for mine, other in zip(ours, theirs, strict=True):
        assert [one["token"] for one in mine] == [one["token"] for one in other]
        assert [one["score"] for one in mine] == pytest.approx(
            [one["score"] for one in other], abs=1e-5
        )
    first, second = ours[0][0], ours[1][0]
    word = first["token_str"].removeprefix("##")
    assert first["sequence"].replace(" ", "") == f"the{word}sleepsunderanold[MASK]"
    assert second["sequence"].startswith("the [MASK] sleeps under an old")


def test_several_texts_get_an_answer_each(tiny: Playground) -> None:
    texts = [f"{BEFORE} ___", "a red ___ and a blue bicycle"]
    together = tiny.run(TASK, {"text": texts}, f"bert-{TASK}").value
    assert together == [tiny.run(TASK, {"text": one}, f"bert-{TASK}").value for one in texts]


def test_a_gap_far_into_a_long_text_sees_the_words_on_both_sides_of_it(tiny: Playground) -> None:
    """Beyond the model's 128 tokens: what stands near the gap decides, and not what is far off."""

    def scores(place: int, word: str) -> list[float]:
        words = ["tree"] * 600
        words[place], words[400] = word, "___"
        found = tiny.run(TASK, {"text": " ".join(words)}, f"bert-{TASK}").value
        return [one["score"] for one in found]

    plain = scores(0, "tree")
    assert scores(100, "lion") == plain == scores(550, "lion")
    assert scores(385, "lion") != pytest.approx(plain, abs=1e-6)
    assert scores(415, "lion") != pytest.approx(plain, abs=1e-6)


@pytest.mark.parametrize("text", ["no gap here", "one_two __init__"])
def test_a_text_without_a_gap_is_refused_with_a_hint(tiny: Playground, text: str) -> None:
    with pytest.raises(InputError, match="No word is masked") as refused:
        tiny.run(TASK, {"text": text}, f"bert-{TASK}")
    assert "[MASK]" in refused.value.hint


def test_too_many_gaps_are_refused(tiny: Playground) -> None:
    with pytest.raises(InputError, match="21 words are masked"):
        tiny.run(TASK, {"text": "___ " * 21}, f"bert-{TASK}")


@pytest.mark.parametrize("task", [TASK, "token-classification", "question-answering"])
def test_openvino_serves_the_head_and_is_near_to_transformers(
    tiny: Playground, exact: Playground, task: str
) -> None:
    given: dict[str, Any] = {"text": f"{BEFORE} [MASK]"}
    if task == "question-answering":
        given = {"question": "who sleeps?", "context": f"{BEFORE} tree"}
    ours, theirs = (
        one.run(task, given, f"bert-{task}", {"top_k": 1} if task == TASK else {})
        for one in (tiny, exact)
    )
    assert (ours.facts and ours.facts.engine) == "openvino"
    assert (theirs.facts and theirs.facts.engine) == "transformers"
    near, right = (one if isinstance(one, list) else [one] for one in (ours.value, theirs.value))
    assert [one["score"] for one in near] == pytest.approx(
        [one["score"] for one in right], rel=0.05
    )
