"""Who runs what: one run a tab and visitor at a time, the next ones queue, Stop ends them all.

Knows sessions and tab names, neither models nor widgets.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

Key = tuple[str, str]
LATE = 60.0  # seconds after a discard, in which a run may enter that was asked for before it


class Cancel(threading.Event):
    """Set when a run has to stop; once it is `discarded` nothing that it computed is shown."""

    discarded = False


class Runs:
    """The runs of all visitors of the page."""

    def __init__(self) -> None:
        self._queues: defaultdict[Key, list[Cancel]] = defaultdict(list)
        self._handed: dict[Key, Any] = {}
        self._discards: dict[Key, float] = {}  # when the last one was asked for
        self._changed = threading.Condition()

    def enter(self, session: str, tab: str, asked: float | None = None) -> Cancel:
        """Join the tab's queue; the event returned is set when Stop is pressed.

        A run that was asked for before the last discard, by time.monotonic(), is discarded, too.
        """
        cancel = Cancel()
        with self._changed:
            if asked is not None and asked < self._discards.get((session, tab), 0.0):
                cancel.discarded = True
                cancel.set()
            self._queues[session, tab].append(cancel)
        return cancel

    @contextmanager
    def entered(self, session: str, tab: str) -> Iterator[Cancel]:
        """In the tab's queue for the time of the block."""
        cancel = self.enter(session, tab)
        try:
            yield cancel
        finally:
            cancel.set()
            self.leave(session, tab, cancel)

    def wait(self, session: str, tab: str, cancel: Cancel) -> Iterator[int]:
        """Yield how many runs are ahead until it is this one's turn or it was stopped.

        The lock is never held at a yield: gradio may go on on another thread, or never.
        """
        while not cancel.is_set() and (ahead := self._ahead(session, tab, cancel)):
            yield ahead
            with self._changed:
                self._changed.wait(0.2)

    def _ahead(self, session: str, tab: str, cancel: Cancel) -> int:
        with self._changed:
            queue = self._queues[session, tab]
            return queue.index(cancel) if cancel in queue else 0

    def handed(self, session: str, tab: str) -> Any:
        """What the run before left to this one, which waited for it; else None."""
        return self._handed.get((session, tab))

    def leave(self, session: str, tab: str, cancel: Cancel, handing: Any = None) -> int:
        """Leave the queue, `handing` something to the next; returns how many runs are left."""
        with self._changed:
            queue = self._queues[session, tab]
            if cancel in queue:
                queue.remove(cancel)
            left = len(queue)
            if left:
                self._handed[session, tab] = handing
            else:
                del self._queues[session, tab]
                self._handed.pop((session, tab), None)
            self._changed.notify_all()
            return left

    def busy(self, session: str, tab: str) -> bool:
        """Whether something runs or waits in the tab."""
        return bool(self._queues.get((session, tab)))

    def stop(self, session: str, tab: str | None = None) -> None:
        """Stop the tab's run and those queued behind it; without a tab all of the visitor."""
        with self._changed:
            for (owner, name), queue in self._queues.items():
                if owner == session and tab in (None, name):
                    for cancel in queue:
                        cancel.set()
            self._changed.notify_all()

    def discard(
        self, session: str, tab: str, seconds: float = 10, asked: float | None = None
    ) -> bool:
        """Stop the tab's runs, which show nothing any more; whether there were any.

        Returns when they have ended, or after so many seconds.
        """
        key, now = (session, tab), time.monotonic()
        with self._changed:
            recent = {one: at for one, at in self._discards.items() if at > now - LATE}
            self._discards = {**recent, key: now if asked is None else asked}
            discarded = [*self._queues.get(key, [])]
            for cancel in discarded:
                cancel.discarded = True
                cancel.set()
            self._changed.notify_all()
            self._changed.wait_for(
                lambda: not any(one in self._queues.get(key, []) for one in discarded), seconds
            )
        return bool(discarded)
