"""Chats share a context: one that does not fit waits, and is not overtaken by smaller ones."""

import threading
import time

import pytest

from pipelines.engines.context_budget import ContextBudget, estimate_tokens
from pipelines.errors import Cancelled
from pipelines.inputs.messages import Message
from pipelines.run import Run

PATIENCE = 20  # seconds


def test_a_large_chat_waits_and_is_not_overtaken() -> None:
    budget = ContextBudget(100)
    order: list[str] = []

    def chat(name: str, tokens: int) -> threading.Thread:
        def work() -> None:
            with budget.reserve(tokens):
                order.append(name)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        time.sleep(0.05)
        return thread

    with budget.reserve(60):
        threads = [chat("large", 500), chat("small", 30)]  # the large one has all there is
        assert order == []
    for thread in threads:
        thread.join(PATIENCE)
    assert order == ["large", "small"]


def test_who_stops_while_waiting_lets_the_next_in() -> None:
    budget, run = ContextBudget(100), Run()
    run.cancel.set()
    with budget.reserve(60):
        with run.active(), pytest.raises(Cancelled), budget.reserve(80):
            pass
        with budget.reserve(40):
            pass


def test_who_runs_alone_has_what_came_meanwhile_too() -> None:
    budget, ran = ContextBudget(100), threading.Event()

    def alone() -> None:
        with budget.reserve(10, alone=True):
            ran.set()

    thread = threading.Thread(target=alone, daemon=True)
    with budget.reserve(60):
        thread.start()
        time.sleep(0.05)
        budget.enlarge(1000)
        assert not ran.wait(0.1)
    assert ran.wait(PATIENCE)
    thread.join(PATIENCE)
    assert budget.has_free(1000)
    assert not budget.has_free(1001)


def test_tokens_are_counted_with_tools_and_the_answer() -> None:
    chat: list[Message] = [{"role": "user", "content": "A lion, 12"}]
    assert estimate_tokens(chat, 40) == 6 + 8 + 64 + 40
    assert estimate_tokens(chat, 40, [{"name": "x" * 400}]) > 100 + estimate_tokens(chat, 40)
