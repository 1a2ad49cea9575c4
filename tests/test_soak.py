"""A few users, mixed over all tasks: no answer is wrong or another's, and everything goes back."""

import pytest

from tests.course import COURSE
from tests.soak import process_at, questions, soak

SECONDS = 20
USERS = 6


@pytest.mark.timeout(900)
def test_answers_are_right_side_by_side_and_everything_goes_back(server_url: str) -> None:
    report = soak(server_url, process_at(server_url), USERS, SECONDS)
    assert report.wrong == []
    assert sum(map(len, report.seconds.values())) > USERS
    assert report.kept() == {}


def test_every_task_is_asked() -> None:
    assert {one.task for one in questions()} == COURSE
