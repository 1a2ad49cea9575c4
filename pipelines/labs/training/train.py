"""Run a training of lab 2: `python -m pipelines.labs.training.train`, with a progress bar.

The page starts the same program with `--quiet` as a process of its own (runs.py). It keeps a run
folder: recipe.json, the learner's text.txt and instructions.jsonl if given, events.jsonl with one
event a line, checkpoint.pt, and the transformers folders random, pretrained and tuned. The word in
the file `control` (go, pause, stop) is read at every step. Exit codes: 0 done, 3 paused, 4 stopped,
2 refused, 1 failed, 5 the disk is full; after 3, 5 and a crash the same command resumes from the
checkpoint.
"""

import argparse
import contextlib
import json
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import PlaygroundError
from pipelines.labs.training import datasets
from pipelines.labs.training.recipe import Recipe, predict
from pipelines.openmp import spin_shortly
from pipelines.parse_json import parse_json
from pipelines.store.download import disk_full, free_bytes, is_full

if TYPE_CHECKING:
    from pipelines.labs.training.loop import Control, Event, Training

DONE, FAILED, REFUSED, PAUSED, STOPPED, DISK_FULL = 0, 1, 2, 3, 4, 5
LITTLE = 1_000_000  # bytes: less is left where a write has failed without saying why
RECIPE, TEXT, INSTRUCTIONS = "recipe.json", "text.txt", "instructions.jsonl"
EVENTS, CONTROL, CHECKPOINT = "events.jsonl", "control", "checkpoint.pt"


class EventLog:
    """events.jsonl, cut back to where the checkpoint was written when a run is resumed."""

    def __init__(self, path: Path, keep: int) -> None:
        self._file = path.open("ab")
        self._file.truncate(keep)
        self._file.seek(0, os.SEEK_END)

    def write(self, event: "Event") -> None:
        """Append one event; a reader sees whole lines only."""
        self._file.write(json.dumps(event).encode() + b"\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def tell(self) -> int:
        """Bytes written so far."""
        return self._file.tell()


def read_dataset(folder: Path, recipe: Recipe) -> datasets.Dataset:
    """The learner's files in the run folder, with the built-in ones for what is missing."""
    text, jsonl = folder / TEXT, folder / INSTRUCTIONS
    return datasets.of_learner(
        text.read_bytes() if text.exists() else None,
        jsonl.read_bytes() if jsonl.exists() else None,
        recipe.seed,
    )


def run(folder: Path, quiet: bool, parent: int | None = None) -> int:
    """Run or resume the training in a folder; returns the exit code."""
    log: EventLog | None = None
    try:
        recipe = Recipe.from_json(parse_json((folder / RECIPE).read_text()))
        recipe.check()
        given = read_dataset(folder, recipe)
        from pipelines.labs.training.loop import Interrupted, Training

        training = Training(folder, recipe, given, lambda: read_control(folder, parent))
        keep = 0
        if training.checkpoint_path.exists():
            from pipelines.labs.training.state import load_state

            keep = load_state(training.checkpoint_path)["log_bytes"]
        log = EventLog(folder / EVENTS, keep)
        training.log_bytes = log.tell
        try:
            _follow(training, log, quiet)
        except Interrupted as interrupted:
            return PAUSED if interrupted.control == "pause" else STOPPED
        return DONE
    except PlaygroundError as error:
        _say(folder, log, {"event": "refused", "sentence": error.sentence, "hint": error.hint})
        return REFUSED
    except Exception as error:  # the page shows a sentence; the traceback goes to the log
        if is_full(error) or free_bytes(folder) < LITTLE:
            with contextlib.suppress(OSError):  # the server's log may be on that disk
                print(disk_full(), file=sys.stderr, flush=True)
            return DISK_FULL
        traceback.print_exc()
        sentence = f"The training failed: {type(error).__name__}."
        _say(folder, log, {"event": "failed", "sentence": sentence, "hint": "See the run's log."})
        return FAILED
    finally:
        if log is not None:
            log.close()


def read_control(folder: Path, parent: int | None) -> "Control":
    """What the server asks for; a run whose server has exited pauses by itself."""
    if parent is not None and os.getppid() != parent:
        return "pause"
    try:
        word = (folder / CONTROL).read_text().strip()
    except OSError:
        return "go"
    return "pause" if word == "pause" else "stop" if word == "stop" else "go"


def _say(folder: Path, log: EventLog | None, event: "Event") -> None:
    if log is None:
        path = folder / EVENTS
        log = EventLog(path, path.stat().st_size if path.exists() else 0)
    log.write(event)
    log.close()
    print(event["sentence"], event["hint"], file=sys.stderr)


def _follow(training: "Training", log: EventLog, quiet: bool) -> None:
    from tqdm import tqdm

    recipe = training.recipe
    total = recipe.pretraining_steps + recipe.tuning_steps
    with tqdm(total=total, disable=quiet, unit="step", smoothing=0.05) as bar:
        for event in training.events():
            log.write(event)
            kind = event["event"]
            if kind == "step":
                done = event["step"] + (event["phase"] == "tuning") * recipe.pretraining_steps
                bar.update(done - bar.n)
                bar.set_description(f"{event['phase']} loss {event['loss']:.2f}", refresh=False)
            elif not quiet and (line := _line(event)):
                bar.write(line)


def _line(event: "Event") -> str:
    kind = event["event"]
    if kind == "model":
        return f"{event['parameters']:,} parameters"
    if kind == "held_out":
        return f"step {event['step']}: held-out perplexity {event['perplexity']:.1f}"
    if kind == "exact":
        return f"step {event['step']}: {event['right']} of {event['of']} held-out answers exact"
    if kind == "sample":
        return f"  {event['prompt']} | {event['text']}"
    if kind == "saved":
        return f"saved {event['stage']}"
    if kind == "left_out" and "instructions" in event:
        return f"{event['instructions']:,} instructions {event['why']}, left out"
    if kind == "left_out":
        return f"no tuning: {event['why']}"
    if kind == "done":
        return f"done in {event['seconds']:.0f} s"
    return ""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Train a small language model in two phases.")
    parser.add_argument("--run", type=Path, default=Path("lab-run"), help="folder of the run")
    parser.add_argument("--text", type=Path, help="a text of your own to pretrain on")
    parser.add_argument("--instructions", type=Path, help="JSONL of your own to tune on")
    parser.add_argument("--quiet", action="store_true", help="events to the folder only")
    parser.add_argument("--parent", type=int, help=argparse.SUPPRESS)
    for field in fields(Recipe):
        kind = float if "rate" in field.name else int
        parser.add_argument("--" + field.name.replace("_", "-"), type=kind, default=None)
    given = vars(parser.parse_args(arguments))
    spin_shortly()
    folder: Path = given["run"]
    folder.mkdir(parents=True, exist_ok=True)
    chosen = {f.name: given[f.name] for f in fields(Recipe) if given[f.name] is not None}
    if not (folder / RECIPE).exists():
        try:
            recipe = Recipe(**chosen)
            recipe.check()
            for source, name in ((given["text"], TEXT), (given["instructions"], INSTRUCTIONS)):
                if source is not None:
                    (folder / name).write_bytes(source.read_bytes())
            read_dataset(folder, recipe)
        except (PlaygroundError, OSError) as error:
            for name in (TEXT, INSTRUCTIONS):
                (folder / name).unlink(missing_ok=True)
            print(error, file=sys.stderr)
            return REFUSED
        (folder / RECIPE).write_text(json.dumps(recipe.to_json()))
        cost = predict(recipe)
        if not given["quiet"]:
            memory = cost.memory / 2**20
            print(f"{cost.parameters:,} parameters, {memory:.0f} MiB, about {cost.seconds:.0f} s")
    elif chosen or given["text"] or given["instructions"]:
        print(
            f"{folder} holds a run already; it is resumed with its own settings.", file=sys.stderr
        )
    if not given["quiet"]:
        (folder / CONTROL).unlink(missing_ok=True)
        # Ctrl-C pauses, after a checkpoint, as the page's button does; a second one kills.
        signal.signal(signal.SIGINT, lambda *_: _pause(folder))
    else:
        with contextlib.suppress(AttributeError, OSError):  # no nice on Windows
            os.nice(10)
    code = run(folder, given["quiet"], given["parent"])
    if code == PAUSED and not given["quiet"]:
        print("Paused; the same command resumes it.")
    return code


def _pause(folder: Path) -> None:
    (folder / CONTROL).write_text("pause")
    signal.signal(signal.SIGINT, signal.default_int_handler)


if __name__ == "__main__":
    sys.exit(main())
