"""The runs of this process from outside: which may begin, which are going, and how each ended.

All ways in (the page, its endpoints, the APIs, a script) ask the playground, and the playground has
each run watched here. So this is where a full queue, too many runs of a visitor and a server that
stops are said, and where whoever measures or logs hears of each run once, at its end. What is told
holds nothing that a user has sent. Knows no models; whose turn it is on a model is for
pipelines/fair_queue.py.
"""

import logging
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from math import ceil
from typing import Any, TypeVar

from limits import RateLimitItemPerHour, RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter

from pipelines.caller import NOBODY, Caller
from pipelines.errors import (
    BusyError,
    Cancelled,
    PlaygroundError,
    RateLimitError,
    ServerStoppingError,
)
from pipelines.progress import Progress
from pipelines.rate_limits import SteadyStorage
from pipelines.run import Request, Run
from pipelines.settings import Settings
from pipelines.task import Task

log = logging.getLogger("playground")
NETWORK = 10  # so many visitors' limit of runs a minute holds for one network
FULL_SECONDS = 30  # after which whoever found the queue full may ask again
Event = TypeVar("Event")


@dataclass(eq=False)
class Watched:
    """One run. `model` is the name asked for, until it is known which one answers."""

    run: Run
    task: str
    model: str
    began: float
    stage: str = "starting"  # or that of its last progress: queued, loading, downloading; running
    seconds: float = 0.0
    facts: Any = None  # of the whole answer, pipelines.playground.Facts
    error: PlaygroundError | None = None

    @property
    def caller(self) -> Caller:
        """Who asked for the run."""
        return self.run.whose


class InFlight:
    """The runs that are going. Any thread may use it."""

    def __init__(self, settings: Settings) -> None:
        self.listeners: list[Callable[[Watched], None]] = []  # each hears of every run's end
        self.started = False  # set by a server once it serves; runs do not ask
        self._settings = settings
        self._changed = threading.Condition()
        self._runs: list[Watched] = []
        self._stopping = False
        self._asked = SteadyStorage()
        self._limiter = MovingWindowRateLimiter(self._asked)
        self._sound = FixedWindowRateLimiter(self._asked)

    def watch(
        self,
        request: Request,
        task: Task,
        run: Run,
        events: Callable[[], Generator[Event, None, None]],
    ) -> Iterator[Event]:
        """The events of a run, if it may begin.

        Raises:
            BusyError: it may not: the sentence says why. Whatever the events raise.
        """
        seen = Watched(run, task.id, request.model, time.perf_counter())
        try:
            self._admit(seen, task)
            with closing(events()) as coming:
                for event in coming:
                    seen.facts = getattr(event, "facts", None)
                    seen.stage = event.stage if isinstance(event, Progress) else "running"
                    if seen.facts:
                        seen.model = seen.facts.model
                    yield event
        except Cancelled as stopped:
            seen.error = run.why or stopped
            raise seen.error from None
        except PlaygroundError as error:
            seen.error = error
            raise
        except GeneratorExit:
            seen.error = Cancelled()  # nobody reads on
            raise
        finally:
            self._end(seen)

    def going(self) -> list[Watched]:
        """The runs that are going now."""
        with self._changed:
            return [*self._runs]

    @property
    def stopping(self) -> bool:
        """Whether no run may begin any more."""
        return self._stopping

    def stop(self, patience: float) -> None:
        """Let no run begin, give those that are going some seconds, then end them."""
        with self._changed:
            self._stopping = True
            self._changed.wait_for(lambda: not self._runs, patience)
            for one in self._runs:
                one.run.why = ServerStoppingError()
                one.run.cancel.set()
            # Until all have been read to their ends; no longer than that for slow readers.
            self._changed.wait_for(lambda: not self._runs, patience)

    def _admit(self, seen: Watched, task: Task) -> None:
        with self._changed:
            if self._stopping:
                raise ServerStoppingError
            if seen.caller is not NOBODY:
                self._check_room(seen.caller)
                self._check_rate(seen.caller, task)
            self._runs.append(seen)

    def _check_room(self, caller: Caller) -> None:
        most, of_visitor = self._settings.max_runs, self._settings.runs_per_visitor
        if len(self._runs) >= most:
            raise BusyError(
                f"The queue is full: {most} runs are going or waiting.",
                "Try again in a minute.",
                FULL_SECONDS,
            )
        if not of_visitor:
            return
        if sum(one.caller.visitor == caller.visitor for one in self._runs) >= of_visitor:
            raise BusyError(
                f"{of_visitor} of your runs are going or waiting already.",
                "Wait for one of them.",
                FULL_SECONDS,
            )
        # Visitors cost nothing to make up, networks do.
        if sum(one.caller.network == caller.network for one in self._runs) >= ceil(most / 2):
            raise BusyError(
                "Your network's runs fill half of the queue.",
                "Try again in a minute.",
                FULL_SECONDS,
            )

    def _check_rate(self, caller: Caller, task: Task) -> None:
        self._asked.mind_clock()
        runs, minutes = self._settings.runs_per_minute, self._settings.sound_minutes_per_hour
        if minutes and task.modality == "audio":
            hour = RateLimitItemPerHour(minutes * 60)
            if not self._sound.test(hour, caller.visitor):
                again = self._sound.get_window_stats(hour, caller.visitor).reset_time
                raise RateLimitError(
                    f"One visitor may send {minutes} min of sound an hour here.",
                    "Come back later.",
                    max(1, ceil(again - time.time())),
                )
        if not runs:
            return
        for who, most in ((caller.visitor, runs), (f"network {caller.network}", NETWORK * runs)):
            minute = RateLimitItemPerMinute(most)
            if not self._limiter.hit(minute, who):
                again = self._limiter.get_window_stats(minute, who).reset_time
                seconds = max(1, ceil(again - time.time()))
                raise RateLimitError("Too many runs.", f"Try again in {seconds} s.", seconds)

    def _end(self, seen: Watched) -> None:
        seen.seconds = time.perf_counter() - seen.began
        with self._changed:
            with suppress(ValueError):  # it never began
                self._runs.remove(seen)
            self._changed.notify_all()
        sound, minutes = ceil(seen.run.audio_seconds or 0), self._settings.sound_minutes_per_hour
        if minutes and sound and seen.caller is not NOBODY:
            self._sound.hit(RateLimitItemPerHour(minutes * 60), seen.caller.visitor, cost=sound)
        for listener in self.listeners:
            try:
                listener(seen)
            except Exception:  # a defect of a listener must not cost the answer
                log.exception("a listener to runs failed")
