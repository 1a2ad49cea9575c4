"""Ends the server when SIGTERM or SIGINT (Ctrl-C) asks for it, within ten seconds.

No run begins any more; those that are going have some seconds to end by themselves, and the rest
end with a sentence. A second signal ends the process at once.
"""

import atexit
import os
import signal
import threading
import time
from types import FrameType
from typing import Any

import psutil

from pipelines import Playground

PATIENCE = 2.5  # seconds for short runs, and the same for the others to say their last word
FLUSH_SECONDS = 0.5  # for last words on their way to clients; gradio sends them ten times a second
CONNECTION_SECONDS = 2  # for open connections
LAST_SECONDS = 9.0
SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Shutdown:
    """Waits for a signal, then ends everything."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        for one in SIGNALS:
            signal.signal(one, self._ask)

    def wait(self) -> None:
        """Block until SIGTERM or SIGINT."""
        while not self._asked.wait(0.5):  # in pieces, so that Windows hears Ctrl-C
            pass

    def end(self, page: Any, playground: Playground) -> None:
        """End the runs, the server and the process, which has served well."""
        last = threading.Timer(LAST_SECONDS, os._exit, (0,))
        last.daemon = True
        last.start()
        playground.in_flight.stop(PATIENCE)
        time.sleep(FLUSH_SECONDS)
        page.server.config.timeout_graceful_shutdown = CONNECTION_SECONDS
        page.close(verbose=False)
        playground.close()
        _kill_children()
        atexit._run_exitfuncs()
        # A thread inside a library is not stopped by the interpreter's end, and libraries that
        # tear down below it abort the process.
        os._exit(0)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self._asked.is_set():
            os._exit(128 + number)
        self._asked.set()


def _kill_children() -> None:
    """End converters and decoders of sounds. Trainings stay: they pause by themselves, and each is
    in a session of its own."""
    for child in psutil.Process().children():
        if not hasattr(os, "getsid") or _session(child.pid) == _session(0):
            child.kill()


def _session(process: int) -> int:
    try:
        return os.getsid(process)
    except ProcessLookupError:
        return -1
