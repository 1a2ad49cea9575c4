"""Tasks are found by their ids and by transformers' other names for them."""

import pytest

from pipelines.errors import InputError
from pipelines.registry import aliases, task, tasks


@pytest.mark.parametrize(
    ("name", "identity"),
    [
        ("ner", "token-classification"),
        ("sentiment-analysis", "text-classification"),
        ("sentiment_analysis", "text-classification"),
        ("fill_mask", "fill-mask"),
    ],
)
def test_a_task_is_found_by_its_other_names(name: str, identity: str) -> None:
    assert task(name).id == identity


def test_an_alias_is_no_tasks_id_and_stands_for_one_task() -> None:
    assert not set(aliases()) & set(tasks())
    assert len(aliases()) == sum(len(one.aliases) for one in tasks().values())


def test_what_is_neither_is_refused() -> None:
    with pytest.raises(InputError, match="no task named 'juggling'"):
        task("juggling")
