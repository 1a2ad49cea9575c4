"""Texts of several runs in one pass of a model: dynamic batching.

Who asks while as many passes go as may has to wait; what waits then goes together, for a batch of
short texts takes far less than as many passes. Nobody waits in order to be joined.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from pipelines.engines.batches import one_batch
from pipelines.engines.openvino.runtime import Array
from pipelines.run import CHECK_SECONDS, stop_if_cancelled

Encoding: TypeAlias = Any  # tokenizers.Encoding
Inputs: TypeAlias = dict[str, Array]
Outputs: TypeAlias = tuple[Array, ...]


@dataclass(eq=False)
class _Asked:
    """The texts of one run, and in the end their rows of the inputs and outputs."""

    encoded: Sequence[Encoding]
    changed: threading.Condition  # it may lead a pass, or has its answer
    answer: tuple[Inputs, Outputs] | None = None
    left: bool = False  # its run was stopped


class SharedPasses:
    """The passes of one model, `parallel` at once. Any thread may ask."""

    def __init__(
        self,
        arrays: Callable[[Sequence[Encoding]], Inputs],
        run: Callable[[Inputs], Outputs],
        parallel: int,
    ) -> None:
        self._arrays, self._run = arrays, run
        self._free = parallel
        self._waiting: list[_Asked] = []
        self._lock = threading.Lock()

    def outputs(self, encoded: Sequence[Encoding]) -> tuple[Inputs, Outputs]:
        """The model's inputs and outputs for these texts: arrays of shape (texts, tokens, …).

        Raises:
            Cancelled: this run was stopped while it waited. Whatever the pass raises; who went
                with it goes again.
        """
        asked = _Asked(encoded, threading.Condition(self._lock))
        with self._lock:
            self._waiting.append(asked)
            try:
                while not asked.answer and not self._leads(asked):
                    asked.changed.wait(CHECK_SECONDS)
                    stop_if_cancelled()
            except BaseException:
                asked.left = True
                self._waiting = [one for one in self._waiting if not one.left]
                self._wake_next()
                raise
            if asked.answer:
                return asked.answer
            together = self._take(asked)
            self._free -= 1
            self._wake_next()
        try:
            self._pass(together)
        finally:
            with self._lock:
                self._free += 1
                again = [one for one in together[1:] if not one.answer and not one.left]
                self._waiting = [*again, *self._waiting]
                for one in together[1:]:
                    one.changed.notify()
                self._wake_next()
        assert asked.answer
        return asked.answer

    def _leads(self, asked: _Asked) -> bool:
        """Whether it is the first of those that wait, and a pass may begin."""
        return self._free > 0 and self._waiting[:1] == [asked]

    def _wake_next(self) -> None:
        """Wake the run that may lead now."""
        if self._free and self._waiting:
            self._waiting[0].changed.notify()

    def _take(self, asked: _Asked) -> list[_Asked]:
        """Those that go with one: what waits and makes no large batch and little padding."""
        self._waiting.remove(asked)
        together, lengths = [asked], [len(one) for one in asked.encoded]
        for other in [*self._waiting]:
            more = [*lengths, *(len(one) for one in other.encoded)]
            if one_batch(more):
                together.append(other)
                self._waiting.remove(other)
                lengths = more
        return together

    def _pass(self, together: Sequence[_Asked]) -> None:
        inputs = self._arrays([text for one in together for text in one.encoded])
        outputs = self._run(inputs)
        begin = 0
        for one in together:
            rows = slice(begin, begin + len(one.encoded))
            begin = rows.stop
            one.answer = (
                {name: array[rows] for name, array in inputs.items()},
                tuple(array[rows] for array in outputs),
            )
