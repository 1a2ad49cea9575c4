"""A task over the rows of a table, on the tiny models."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pipelines import Playground
from pipelines.errors import Cancelled, InputError, ModelError
from pipelines.registry import task
from pipelines.rows.job import Answered, Job, RowResult, run_job
from pipelines.rows.reading import Reading, lines_table, open_table
from pipelines.rows.table import Table
from pipelines.settings import Settings

CLASSIFIER = "bert-sequence-classification"


def job(task_id: str, model: str, columns: dict[str, str], **rest: Any) -> Job:
    return Job(task(task_id), columns, model=model, **rest)


def answered(
    tiny: Playground, asked: Job, table: Table, most: int | None = None
) -> tuple[list[RowResult], list[Answered]]:
    events = [
        event
        for event in run_job(tiny, asked, table, threading.Event(), most)
        if isinstance(event, Answered)
    ]
    return [result for event in events for result in event.results], events


def csv(folder: Path, content: str) -> Table:
    path = folder / "table.csv"
    path.write_text(content, "utf-8")
    return open_table([path], Settings())


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[Any]]:
    """What the classifier is asked, call by call."""
    from pipelines.engines.openvino.classification import SequenceClassifier

    asked: list[Sequence[Any]] = []
    classify = SequenceClassifier.classify

    def heard(self: SequenceClassifier, texts: Any) -> Any:
        asked.append(list(texts))
        return classify(self, texts)

    monkeypatch.setattr(SequenceClassifier, "classify", heard)
    return asked


def test_each_row_gets_what_it_gets_alone_in_order(tiny: Playground) -> None:
    texts = [f"the lion sleeps {'and eats ' * (n % 7)}{n}" for n in range(60)]
    results, _ = answered(
        tiny,
        job("text-classification", CLASSIFIER, {"text": "text"}),
        lines_table("\n".join(texts)),
    )
    assert [one.row.number for one in results] == [*range(1, 61)]
    for one, text in zip(results, texts, strict=True):
        alone = tiny.run("text-classification", {"text": text}, CLASSIFIER).value
        assert [label["label"] for label in one.value] == [label["label"] for label in alone]
        assert one.value[0]["score"] == pytest.approx(alone[0]["score"], abs=1e-5)


def test_rows_are_asked_as_batches_and_not_one_by_one(
    tiny: Playground, calls: list[Sequence[Any]]
) -> None:
    tiny.run("text-classification", {"text": "loaded"}, CLASSIFIER)
    calls.clear()
    table = lines_table("\n".join(f"line {n}" for n in range(200)))
    results, events = answered(
        tiny, job("text-classification", CLASSIFIER, {"text": "text"}), table
    )
    assert len(results) == sum(map(len, calls)) == 200
    assert len(calls) < 20
    assert max(map(len, calls)) <= tiny.settings.max_batch
    assert [event.pace.done for event in events][-1] == 200


def test_a_bad_row_is_a_message_in_its_row(tiny: Playground, tmp_path: Path) -> None:
    table = csv(tmp_path, 'n,text\n1,fine\n2,\n3,too,many\n4,"  "\n5,fine\n')
    results, [*_, last] = answered(
        tiny, job("text-classification", CLASSIFIER, {"text": "text"}), table
    )
    said = [one.error.sentence if one.error else "" for one in results]
    empty = "The text is empty."
    assert said == ["", empty, "This row has 3 cells; the header names 2.", empty, ""]
    assert [bool(one.value) for one in results] == [True, False, False, False, True]
    assert (last.pace.done, last.pace.failed, last.pace.total) == (5, 3, 5)


@pytest.mark.parametrize("texts", ['["a", "b"]', '["a"]'])
def test_a_list_in_a_cell_is_no_batch_within_a_row(
    tiny: Playground, tmp_path: Path, texts: str
) -> None:
    path = tmp_path / "table.jsonl"
    path.write_text(f'{{"t": "fine"}}\n{{"t": {texts}}}\n{{"t": "fine", "pair": {texts}}}\n')
    for columns in ({"text": "t"}, {"text": "t", "text_pair": "pair"}):
        asked = job("text-classification", CLASSIFIER, columns)
        for most in (None, 2):  # the list is the last row, asked alone, too
            results, _ = answered(tiny, asked, open_table([path], Settings()), most)
            said = [one.error.sentence if one.error else "" for one in results]
            third = "text_pair must be text." if len(columns) == 2 else ""
            assert said == ["", "Text must be text.", third][:most]


def test_a_row_that_the_adapter_refuses_fails_alone(tiny: Playground) -> None:
    lines = ["the [MASK] sleeps", "no gap", "a [MASK] tree"]
    results, _ = answered(
        tiny, job("fill-mask", "bert-fill-mask", {"text": "text"}), lines_table("\n".join(lines))
    )
    assert [one.error.sentence if one.error else "" for one in results] == [
        "", "No word is masked.", "",
    ]  # fmt: skip


def test_a_defect_in_one_row_fails_alone(
    tiny: Playground, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from pipelines.engines.openvino.classification import SequenceClassifier

    classify = SequenceClassifier.classify

    def broken(self: SequenceClassifier, texts: Any) -> Any:
        if any("poison" in one for one in texts):
            raise RuntimeError("secret")
        return classify(self, texts)

    monkeypatch.setattr(SequenceClassifier, "classify", broken)
    results, _ = answered(
        tiny,
        job("text-classification", CLASSIFIER, {"text": "text"}),
        lines_table("a\npoison\nb"),
    )
    assert [bool(one.error) for one in results] == [False, True, False]
    assert "secret" not in str(results[1].error)


def test_two_columns_are_two_inputs_and_what_has_no_column_is_the_same(
    tiny: Playground, tmp_path: Path
) -> None:
    table = csv(tmp_path, "q,c\nwho sleeps,the lion sleeps\nwhat eats,the old tree eats\n")
    task_id, model = "question-answering", "bert-question-answering"
    options = {"handle_impossible_answer": False}

    def alone(question: str, context: str) -> str:
        given = {"question": question, "context": context}
        found: str = tiny.run(task_id, given, model, options).value["answer"]
        return found

    asked = job(task_id, model, {"question": "q", "context": "c"}, options=options)
    both, _ = answered(tiny, asked, table)
    assert [one.value["answer"] for one in both] == [
        alone("who sleeps", "the lion sleeps"),
        alone("what eats", "the old tree eats"),
    ]
    context = "two birds sing above an apple"
    same = {"context": context}
    asked = job(task_id, model, {"question": "q"}, options=options, same=same)
    results, _ = answered(tiny, asked, table)
    assert [one.value["answer"] for one in results] == [
        alone("who sleeps", context),
        alone("what eats", context),
    ]


def test_pairs_and_single_texts_are_not_mixed_in_a_call(
    tiny: Playground, tmp_path: Path, calls: list[Sequence[Any]]
) -> None:
    table = csv(tmp_path, "a,b\none,first\ntwo,second\nthree,\nfour,\nfive,fifth\n")
    columns = {"text": "a", "text_pair": "b"}
    results, _ = answered(tiny, job("text-classification", CLASSIFIER, columns), table)
    assert [one.error for one in results] == [None] * 5
    assert calls[-3:] == [
        [("one", "first"), ("two", "second")], ["three", "four"], [("five", "fifth")],
    ]  # fmt: skip


def test_pictures_of_a_folder_and_a_table_of_paths(tiny: Playground, tmp_path: Path) -> None:
    for name, colour in (("a", "red"), ("b", "blue")):
        Image.new("RGB", (40, 30), colour).save(tmp_path / f"{name}.png")
    (tmp_path / "c.png").write_bytes(b"no picture")
    asked = job("image-classification", "vit", {"image": "file"})
    results, _ = answered(tiny, asked, open_table([tmp_path], Settings(), Reading(texts=False)))
    assert [bool(one.value) for one in results] == [True, True, False]
    table = csv(tmp_path, "path\na.png\nmissing.png\n")
    by_path, _ = answered(tiny, replace(asked, columns={"image": "path"}), table)
    assert by_path[0].value == results[0].value
    assert by_path[1].error


def test_stop_keeps_what_is_done(tiny: Playground) -> None:
    cancel = threading.Event()
    table = lines_table("\n".join(f"line {n}" for n in range(5000)))
    rows = run_job(tiny, job("text-classification", CLASSIFIER, {"text": "text"}), table, cancel)
    kept: list[RowResult] = []

    def run() -> None:
        for event in rows:
            if isinstance(event, Answered):
                kept.extend(event.results)
                cancel.set()

    with pytest.raises(Cancelled):
        run()
    assert 0 < len(kept) < 5000
    assert all(one.value for one in kept)


def test_no_more_rows_than_are_wanted(tiny: Playground) -> None:
    table = lines_table("\n".join(f"line {n}" for n in range(50)))
    results, [*_, last] = answered(
        tiny, job("text-classification", CLASSIFIER, {"text": "text"}), table, most=7
    )
    assert (len(results), last.pace.total) == (7, 7)


@pytest.mark.parametrize(
    ("columns", "rest", "said"),
    [
        ({"text": "nothing"}, {}, "no column named 'nothing'"),
        ({"text": "text", "top_k": "text"}, {}, "top_k is the same for all rows"),
        ({}, {}, "No column holds text"),
        ({"text": "text"}, {"options": {"top_k": 0}}, "top_k=0 is out of range"),
        ({"text": "text"}, {"options": {"colour": 1}}, "no option named colour"),
    ],
)
def test_what_is_wrong_for_all_rows_is_said_before_the_first(
    tiny: Playground, columns: dict[str, str], rest: dict[str, Any], said: str
) -> None:
    asked = job("text-classification", CLASSIFIER, columns, **rest)
    with pytest.raises(InputError, match=said):
        answered(tiny, asked, lines_table("a\nb"))


def test_a_model_that_cannot_be_used_ends_the_run(tiny: Playground) -> None:
    with pytest.raises(ModelError):
        answered(tiny, job("text-classification", "nothing", {"text": "text"}), lines_table("a"))


def test_a_note_of_a_batch_names_its_rows(tiny: Playground) -> None:
    table = lines_table("\n".join(["a short line", "lion " * 900, "another"]))
    _, events = answered(tiny, job("text-classification", CLASSIFIER, {"text": "text"}), table)
    [note] = [note for event in events for note in event.notes]
    assert note.startswith("In rows 1 to 3: Only the first")
