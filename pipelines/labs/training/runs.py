"""The runs of lab 2: a queue of processes at low priority, beside the server.

It knows the owner and the state of each run, and which is next: one run per user, a limit of
running ones in all, first come first served. A paused run leaves the queue. All of it is stored in
the runs' folders, so a reloaded page and a restarted server find every run again. What a run does
is in train.py; the two communicate by files in the run's folder and the process's exit code.

New users cost nothing to invent, networks do: so places in the queue and kept runs are limited per
network, too. A finished model is deleted by its owner, by age, or when the disk is full, and then
the oldest of whoever takes most space; never because others ran many.
"""

import contextlib
import json
import logging
import os
import re
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipelines.errors import InputError
from pipelines.labs.training import datasets, train
from pipelines.labs.training.recipe import Recipe
from pipelines.labs.training.run import ALIVE, PLACED, STATE, WORKING, Run, State, serves
from pipelines.parse_json import parse_json
from pipelines.store.download import disk_full, is_full

log = logging.getLogger("playground")
LOG = "log.txt"
KEPT = 20  # ended runs of one user; the oldest goes when that user starts another
KEPT_BY_NETWORK = 60  # runs without a place in the queue; a school is one network
KEPT_SECONDS = 30 * 24 * 3600  # how long a run is kept that does nothing
DISK = 5e9  # bytes of all runs
MAX_WAITING = 20
PLACES_BY_NETWORK = 8
PUBLIC_LENGTH = 500_000
AFTER: dict[int, State] = {train.DONE: "done", train.PAUSED: "paused", train.STOPPED: "stopped"}


class Runs:
    """All runs under one folder, in at most `disk` bytes. Safe to call from several threads."""

    def __init__(
        self, root: Path, limit: int = 1, public: bool = False, disk: float = DISK
    ) -> None:
        self.root, self.limit, self.public, self.disk = root, limit, public, disk
        self._lock = threading.RLock()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._watching: dict[str, threading.Thread] = {}
        self._runs: dict[str, Run] = {}
        root.mkdir(parents=True, exist_ok=True)
        with self._lock:
            self._read_all()
            self._tidy()
            self._advance()

    def start(
        self,
        user: str,
        recipe: Recipe,
        text: str | bytes | None = None,
        instructions: str | bytes | None = None,
        network: str = "",
    ) -> Run:
        """Check everything, then queue a new run.

        Raises:
            InputError: the user has one that is alive, or there is no room for the user's network.
            DiskFullError: the disk has none.
        """
        recipe.check(self.public)
        if self.public and max(len(text or ""), len(instructions or "")) > PUBLIC_LENGTH:
            raise InputError(
                f"That is more than the {PUBLIC_LENGTH:,} characters that are taken here.",
                "Give a part of it, or run the playground on your own machine.",
            )
        self._check_free(user, network)  # before the texts are read: that takes a moment
        datasets.of_learner(text, instructions, recipe.seed)
        with self._lock:
            self._check_free(user, network)
            self._tidy()
            self._make_room(user, network)
            # Whoever knows the name may chat with the model: it must not be guessable.
            name = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(8)}"
            folder = self.root / name
            try:
                folder.mkdir()
                for given, file in ((text, train.TEXT), (instructions, train.INSTRUCTIONS)):
                    if given is not None:
                        data = given.encode() if isinstance(given, str) else given
                        (folder / file).write_bytes(data)
                (folder / train.RECIPE).write_text(json.dumps(recipe.to_json()))
            except OSError as error:
                shutil.rmtree(folder, ignore_errors=True)
                if is_full(error):
                    raise disk_full() from error
                raise
            self._put(Run(name, user, "queued", self._next_turn(), network=network))
            self._advance()
            return self.get(name)

    def pause(self, name: str) -> Run:
        """Have a run write a checkpoint and leave its place to the next."""
        with self._lock:
            run = self.get(name)
            if run.state == "queued":
                self._put(replace(run, state="paused"))
            elif run.state == "running":
                self._tell(run, "pause", "pausing")
            return self.get(name)

    def resume(self, name: str) -> Run:
        """Queue a paused or failed run; it starts from its last checkpoint."""
        with self._lock:
            run = self.get(name)
            if run.state in ("paused", "failed"):
                other = self.find(run.user)
                if other is not None and other.name != name and other.state in ALIVE:
                    raise InputError(f"Your other run is {other.state}.", "Stop it first.")
                self._check_places(run.network)
                self._put(replace(run, state="queued", turn=self._next_turn(), why=""))
                self._advance()
            return self.get(name)

    def stop(self, name: str) -> Run:
        """End a run for good; the folders it has saved stay."""
        with self._lock:
            run = self.get(name)
            if run.state in ("queued", "paused"):
                self._put(replace(run, state="stopped"))
            elif run.state in ("running", "pausing"):
                self._tell(run, "stop", "stopping")
                # Terminated, since its next step can be half a minute away while torch is imported
                # on a busy machine. What it writes has a temporary name until it is whole.
                if process := self._processes.get(name):
                    process.terminate()
            return self.get(name)

    def delete(self, name: str) -> None:
        """Delete a run's folder."""
        with self._lock:
            if self.get(name).state in WORKING:
                raise InputError("The run is still working.", "Stop it first.")
            self._forget(self._runs[name])

    def find(self, user: str) -> Run | None:
        """The user's newest run, for a page that has just been loaded."""
        with self._lock:
            mine = [run for run in self._runs.values() if run.user == user]
            return self.get(max(mine, key=lambda run: run.turn).name) if mine else None

    def get(self, name: str) -> Run:
        """A run as it is now, with its place in the queue."""
        with self._lock:
            if name not in self._runs:
                raise InputError("There is no such run.", "Start a new one.")
            run = self._runs[name]
            if run.state != "queued":
                return run
            waiting = [r for r in self._runs.values() if r.state == "queued" and r.turn <= run.turn]
            return replace(run, place=len(waiting))

    def events(self, name: str, start: int = 0) -> tuple[list[dict[str, Any]], int]:
        """Events from a byte of the log on, and the byte to ask from next time: a smaller one when
        the log was cut back to a checkpoint after a crash and is read from its beginning again."""
        path = self.folder(name) / train.EVENTS
        if not path.exists():
            return [], 0
        with path.open("rb") as file:
            if start > file.seek(0, os.SEEK_END):
                start = 0
            file.seek(start)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        return [parse_json(line) for line in whole.splitlines()], start + len(whole)

    def folder(self, name: str) -> Path:
        """The run's folder; its models are the sub-folders random, pretrained and tuned."""
        self.get(name)
        return self.root / name

    def close(self, patience: float = 30) -> None:
        """Pause what is running and wait up to `patience` seconds for it."""
        with self._lock:
            self.limit = 0
            for run in list(self._runs.values()):
                if run.state == "running":
                    self._tell(run, "pause", "pausing")
            watching = list(self._watching.values())
        ends = time.monotonic() + patience
        for thread in watching:  # until each has written how its run ended: then others may write
            thread.join(max(0, ends - time.monotonic()))

    def _advance(self) -> None:
        """Start the next runs in the queue, up to the limit."""
        waiting = sorted(
            (run for run in self._runs.values() if run.state == "queued"), key=lambda r: r.turn
        )
        room = self.limit - sum(run.state in WORKING for run in self._runs.values())
        for run in waiting[: max(0, room)]:
            try:
                self._launch(run)
            except OSError as error:
                why = disk_full() if is_full(error) else error
                self._put(replace(run, state="failed", why=str(why)))

    def _launch(self, run: Run) -> None:
        folder = self.root / run.name
        (folder / train.CONTROL).write_text("go")
        command = [sys.executable, "-m", "pipelines.labs.training.train", "--quiet"]
        command += ["--run", str(folder), "--parent", str(os.getpid())]
        here = Path(__file__).resolve().parents[3]
        path = os.pathsep.join(filter(None, [str(here), os.environ.get("PYTHONPATH", "")]))
        with (folder / LOG).open("ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | {"PYTHONPATH": path},
                start_new_session=True,  # Ctrl-C at the server is not for the run
            )
        self._processes[run.name] = process
        self._put(replace(run, state="running"))
        thread = threading.Thread(target=self._watch, args=(run.name, process), daemon=True)
        self._watching[run.name] = thread
        thread.start()

    def _watch(self, name: str, process: subprocess.Popen[bytes]) -> None:
        code = process.wait()
        with self._lock:
            self._processes.pop(name, None)
            if code == train.DONE:
                (self.root / name / train.CHECKPOINT).unlink(missing_ok=True)
            run = self._runs[name]
            state = AFTER.get(code, "failed")
            if run.state == "stopping" and state != "done":
                state = "stopped"
            self._put(replace(run, state=state, why=self._why(name, code, state)))
            self._tidy()
            self._advance()
            del self._watching[name]

    def _why(self, name: str, code: int, state: State) -> str:
        if state != "failed":
            return ""
        if code == train.DISK_FULL:
            return str(disk_full())
        if code in (train.FAILED, train.REFUSED):
            told = [e for e in self.events(name)[0] if e["event"] in ("failed", "refused")]
            if told:
                return f"{told[-1]['sentence']} {told[-1]['hint']}".strip()
        return "The training was ended from outside; it can go on from its last checkpoint."

    def _tell(self, run: Run, word: str, state: State) -> None:
        (self.root / run.name / train.CONTROL).write_text(word)
        self._put(replace(run, state=state))

    def _put(self, run: Run) -> None:
        run = self._runs[run.name] = replace(run, server=os.getpid())
        try:
            run.write(self.root / run.name)
        except OSError as error:  # this server knows it; the next one finds the state before it
            log.warning("the state of run %s was not written: %s", run.name, error)

    def _check_free(self, user: str, network: str) -> None:
        """Raise InputError if the user has a run that is alive, or there is no place for one."""
        with self._lock:
            mine = self.find(user)
            if mine is not None and mine.state in ALIVE:
                raise InputError(
                    f"Your run before this one is {mine.state}.", "Stop it or let it end first."
                )
            self._check_places(network)

    def _check_places(self, network: str) -> None:
        """Raise InputError if the queue is full, for all or for this network."""
        placed = [run for run in self._runs.values() if run.state in PLACED]
        if sum(run.network == network for run in placed) >= PLACES_BY_NETWORK:
            raise InputError(
                f"{PLACES_BY_NETWORK} runs from your network are in the queue already.",
                "Come back when one of them has ended.",
            )
        if sum(run.state == "queued" for run in placed) >= MAX_WAITING:
            raise InputError(f"{MAX_WAITING} runs are waiting already.", "Come back later.")

    def _make_room(self, user: str, network: str) -> None:
        """Delete the user's oldest runs, then untrained runs of the network, down to the limits.

        Raises:
            InputError: too many of the network's runs have trained weights.
        """
        own = [run for run in self._idle_runs() if run.user == user]
        for run in own[:-KEPT]:
            self._forget(run)
        kept = [run for run in self._idle_runs() if run.network == network]
        over = len(kept) - KEPT_BY_NETWORK + 1
        if over <= 0:
            return
        empty = [run for run in kept if not self._trained(run)]
        if len(empty) < over:
            raise InputError(
                f"{KEPT_BY_NETWORK} runs from your network are kept here already.",
                "Delete one of yours, or come back later.",
            )
        for run in empty[:over]:
            self._forget(run)

    def _tidy(self) -> None:
        """Delete runs that are too old, and while all together are too large, the oldest run of the
        user with the most bytes in the network with the most bytes."""
        for run in self._idle_runs():
            if self._idle(run) > KEPT_SECONDS:
                self._forget(run)
        sizes = {name: self._size(run) for name, run in self._runs.items()}
        while sum(sizes.values()) > self.disk and (idle := self._idle_runs()):
            by_user: Counter[str] = Counter()
            by_network: Counter[str] = Counter()
            for run in self._runs.values():
                by_user[run.user] += sizes[run.name]
                by_network[run.network] += sizes[run.name]
            greediest = max(
                idle, key=lambda run: (by_network[run.network], by_user[run.user], -run.turn)
            )
            self._forget(greediest)
            del sizes[greediest.name]

    def _idle_runs(self) -> list[Run]:
        """Runs without a place in the queue, the oldest first."""
        runs = sorted(self._runs.values(), key=lambda run: run.turn)
        return [run for run in runs if run.state not in PLACED]

    def _forget(self, run: Run) -> None:
        del self._runs[run.name]
        shutil.rmtree(self.root / run.name, ignore_errors=True)

    def _trained(self, run: Run) -> bool:
        """Whether a run has more than random weights."""
        saved = ("pretrained", "tuned", train.CHECKPOINT)
        return any((self.root / run.name / one).exists() for one in saved)

    def _idle(self, run: Run) -> float:
        """Seconds since a run last wrote a file; not its state, which a server's start writes."""
        files = [stat for name, stat in self._files(run) if name != STATE]
        return time.time() - max((stat.st_mtime for stat in files), default=0)

    def _size(self, run: Run) -> int:
        return sum(stat.st_size for _, stat in self._files(run))

    def _files(self, run: Run) -> Iterator[tuple[str, os.stat_result]]:
        """A run's files; a working run may replace some meanwhile."""
        for folder, _, names in os.walk(self.root / run.name):
            for name in names:
                with contextlib.suppress(FileNotFoundError):
                    yield name, os.stat(os.path.join(folder, name))

    def _next_turn(self) -> int:
        return 1 + max((run.turn for run in self._runs.values()), default=0)

    def _read_all(self) -> None:
        for path in self.root.glob(f"*/{STATE}"):
            if not re.fullmatch(r"[\w-]+", path.parent.name):
                continue
            run = Run(**parse_json(path.read_text()))
            if run.state in PLACED and serves(run.server, path):
                continue
            if run.state in WORKING:  # its server has exited, and so it pauses by itself
                (path.parent / train.CONTROL).write_text("pause")
                state: State = "stopped" if run.state == "stopping" else "paused"
                run = replace(run, state=state)
            self._runs[run.name] = run
            self._put(run)
