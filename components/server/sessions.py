"""What gradio keeps for each session, made small and bounded. Written for gradio 6.31.0.

gradio keeps a SessionState for each of up to 10,000 session hashes, a copy of the whole page's
configuration in each (1 MB here), and takes any hash that a client thinks of; a call without one
gets one of its own. Here a session keeps what it changed alone. Sessions with a page, which hold a
heartbeat open, are told from all others: those are calls, and only the last few are kept.

Nothing of gradio is patched: the app's `state_holder` is replaced when the app starts
(components/server/limits.py), and gradio asks it each second to delete what has expired.
"""

import time
from collections import ChainMap
from copy import copy
from datetime import datetime
from typing import Any

import gradio as gr
from gradio.state_holder import SessionState, StateHolder

CALLS = 100  # sessions without a page that are kept
PAGES = 1_000  # sessions with a page that are kept, the open ones at most last
UNREAD = 50  # sessions whose answers nobody fetched
UNREAD_SECONDS = 120


class _Shared:
    """The page as a new SessionState reads it: its parts are looked up and not copied.

    Without `blocks` it writes no configuration of each into the session: that is for deep links,
    which this page does not offer.
    """

    def __init__(self, page: gr.Blocks) -> None:
        self.blocks: dict[int, Any] = {}
        config: Any = copy(page.default_config)
        config.blocks = ChainMap(
            {}, page.default_config.blocks
        )  # a copy has a first map of its own
        config.fns = ChainMap({}, page.default_config.fns)
        self.default_config = config


class Session(SessionState):
    """The state of one session: its values, and the components that changed."""

    def __init__(self, shared: Any) -> None:
        super().__init__(shared)

    def __setitem__(self, key: int, value: Any) -> None:
        super().__setitem__(key, value)
        self.config_values.clear()

    def _update_config(self, key: int) -> None:
        """Nothing: without deep links nobody reads it."""

    def _update_value_in_config(self, key: int, value: Any) -> None:
        """Nothing: it would hold on to each session's last inputs, whole pictures too."""


class Sessions(StateHolder):
    """The sessions, the least recently used of each kind dropped first: calls, then pages."""

    def __init__(self, page: gr.Blocks) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # gradio's has no types
        self.set_blocks(page)
        self._shared = _Shared(page)
        self._heartbeats: dict[str, int] = {}  # of each session with a page: 0 when it was closed
        self._unread: dict[str, float] = {}  # since when an answer waits for somebody to fetch it

    def __getitem__(self, session_id: str) -> SessionState:
        if session_id not in self.session_data:
            self.session_data[session_id] = Session(self._shared)
        return super().__getitem__(session_id)

    def update(self, session_id: str) -> None:
        """The session was used; the others make room for it."""
        with self.lock:
            if session_id in self.session_data:
                self.session_data.move_to_end(session_id)
            calls = [one for one in self.session_data if one not in self._heartbeats]
            for one in calls[: max(0, len(calls) - CALLS)]:
                self._drop(one)
            pages = [one for one in self.session_data if one in self._heartbeats]
            closed_first = sorted(pages, key=lambda one: self._heartbeats[one] > 0)
            for one in closed_first[: max(0, len(pages) - PAGES)]:
                self._drop(one)

    def opened(self, session_id: str) -> None:
        """A page (or a client that behaves as one) opened its heartbeat."""
        self._heartbeats[session_id] = self._heartbeats.get(session_id, 0) + 1

    def closed(self, session_id: str) -> None:
        """The heartbeat ended. The page may come back; what was no session at all is forgotten."""
        left = self._heartbeats.get(session_id, 0) - 1
        if left > 0 or session_id in self.session_data:
            self._heartbeats[session_id] = max(0, left)
            self.time_last_used[session_id] = datetime.now()
        else:
            self._heartbeats.pop(session_id, None)

    def delete_all_expired_state(self) -> None:
        """Drop sessions whose page was closed an hour ago, and answers nobody fetched."""
        for state in list(self.session_data.values()):
            # gradio deletes what was set an hour before a page was closed, though it comes back.
            state.is_closed = False
        super().delete_all_expired_state()  # type: ignore[no-untyped-call]  # the same
        with self.lock:
            for session_id, state in list(self.session_data.items()):
                idle = (datetime.now() - self.time_last_used[session_id]).total_seconds()
                if not self._heartbeats.get(session_id) and idle > state.STATE_TTL_WHEN_CLOSED:
                    self._drop(session_id)
        self._drop_unread()

    def _drop(self, session_id: str) -> None:
        self.delete_state(session_id)
        self.session_data.pop(session_id, None)
        self.time_last_used.pop(session_id, None)
        if not self._heartbeats.get(session_id):
            self._heartbeats.pop(session_id, None)

    def _drop_unread(self) -> None:
        """Forget what the queue holds for sessions whose events are over.

        gradio keeps the answers of 2,000 sessions that never ask for them, and the name of each
        session there ever was. The empty place of an open page stays: an answer may have come on
        the last stream before the page knew what it was for, and the page listens for it once more.
        """
        queue, now = self.blocks._queue, time.monotonic()
        over = {
            session_id: ids
            for session_id, ids in queue.pending_event_ids_session.items()
            if not any(one in queue.event_ids_to_events for one in ids)
            and (ids or not self._heartbeats.get(session_id))
        }
        since = {one: self._unread.get(one, now) for one in over}
        oldest_first = sorted(since, key=since.__getitem__)
        excess = set(oldest_first[: max(0, len(since) - UNREAD)])
        for one in oldest_first:
            # What was over this second may be on its way to a client.
            waited = now - since[one]
            if waited and (not over[one] or one in excess or waited > UNREAD_SECONDS):
                queue.pending_event_ids_session.pop(one, None)
                queue.pending_messages_per_session.pop(one, None)
                del since[one]
        self._unread = since
