"""What a visitor sees of a run of lab 2 while it goes: state, figures, samples, tokens.

Functions of a run and its events to HTML; everything a user or a model wrote is made safe here.
"""

from collections.abc import Sequence
from typing import Any

from components.labs.drawings import safe
from pipelines.labs.training.recipe import Recipe
from pipelines.labs.training.runs import Run

Event = dict[str, Any]
SHOWN_SAMPLES = 6
STATES = {
    "queued": "Waiting",
    "running": "Training",
    "pausing": "Pausing after this step…",
    "paused": "Paused",
    "stopping": "Stopping after this step…",
    "stopped": "Stopped",
    "done": "Done",
    "failed": "The run failed",
}
PHASE_NAMES = {"pretraining": "phase 1, pretraining", "tuning": "phase 2, instruction tuning"}


def line(kind: str, text: str) -> str:
    """The line of the state, read aloud when it changes."""
    return f'<div class="{kind}" role="status" aria-live="polite">{text}</div>'


def state(run: Run, events: Sequence[Event], recipe: Recipe) -> str:
    """The state, how far the run is, and its figures."""
    steps = [event for event in events if event["event"] == "step"]
    total = recipe.pretraining_steps + recipe.tuning_steps
    done = len(steps)
    told = _told(run, events, steps, recipe)
    parts = [
        f'<div class="tr-state {run.state}"><p role="status" aria-live="polite">{told}</p>',
        f'<progress max="{total}" value="{total if run.state == "done" else done}" '
        f'aria-label="Steps done">{done} of {total}</progress>',
        f'<dl class="tr-figures">{_figures(run, events, steps, total)}</dl></div>',
    ]
    return "".join(parts)


def _told(run: Run, events: Sequence[Event], steps: Sequence[Event], recipe: Recipe) -> str:
    if run.state == "queued":
        before = run.place - 1
        ahead = "You are next" if not before else f"{before} in the queue before you"
        return f"<b>Waiting, place {run.place} in the queue.</b> {ahead}; another run is going."
    if run.state == "failed":
        return f'<b class="error">{STATES["failed"]}.</b> {safe(run.why)}'
    if run.state == "running":
        if not events:
            return "<b>Getting ready:</b> the training process is starting."
        if not steps:
            return "<b>Getting ready:</b> the tokenizer is trained, the text is cut into tokens."
        return f"<b>Training</b>, {PHASE_NAMES[steps[-1]['phase']]}."
    if run.state == "paused":
        return "<b>Paused.</b> Everything is kept; Resume continues where it was."
    if run.state == "stopped":
        return "<b>Stopped.</b> What was saved before can be used below."
    if run.state == "done":
        left_out = [e for e in events if e["event"] == "left_out" and e.get("phase") == "tuning"]
        if left_out:
            return f"<b>Done,</b> without the second phase: {safe(left_out[-1]['why'])}."
        if not recipe.tuning_steps:
            return "<b>Done.</b> Phase 1 is through, phase 2 was left out; ask your model below."
        return "<b>Done.</b> Both phases are through; ask your model below."
    return f"<b>{STATES[run.state]}</b>"


def _figures(run: Run, events: Sequence[Event], steps: Sequence[Event], total: int) -> str:
    shown: list[tuple[str, str]] = [("Steps", f"{len(steps):,} of {total:,}")]
    shown += [("Parameters", f"{e['parameters']:,}") for e in events if e["event"] == "model"]
    held_out = [e for e in events if e["event"] == "held_out"]
    if held_out:
        first, last = held_out[0]["perplexity"], held_out[-1]["perplexity"]
        fall = (
            f"<small>from {first:,.0f}, ÷{first / last:,.0f}</small>" if len(held_out) > 1 else ""
        )
        shown.append(("Held-out perplexity", f"{last:,.1f} {fall}"))
    exact = [e for e in events if e["event"] == "exact"]
    if exact:
        first, last = exact[0], exact[-1]
        shown.append(
            (
                "Exact answers",
                f"{last['right']} of {last['of']} <small>from {first['right']}</small>",
            )
        )
    for event in events:
        if event["event"] == "left_out" and "instructions" in event:
            shown.append(("Instructions", f"{event['instructions']:,} too long, left out"))
    if steps:
        recent = steps[-20:]
        speed = sum(e["tokens_per_second"] for e in recent) / len(recent)
        if run.state == "running":
            shown.append(("Speed", f"{speed:,.0f} tokens/s"))
            shown.append(("Time left", _clock(_left(steps, total))))
        shown.append(("Trained for", _clock(steps[-1]["seconds"])))
    return "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in shown)


def _left(steps: Sequence[Event], total: int) -> float:
    """Seconds left at the pace of the last steps, samples and measures between them included."""
    recent = steps[-30:]
    if len(recent) < 2:
        return recent[-1]["seconds"] * (total - len(steps))
    pace = (recent[-1]["seconds"] - recent[0]["seconds"]) / (len(recent) - 1)
    return pace * (total - len(steps))


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60)}:{int(seconds % 60):02d} min"


def samples(events: Sequence[Event]) -> str:
    """What the model made of the same prompt, from the first noise to now, newest on top."""
    blocks = []
    for phase in ("tuning", "pretraining"):
        mine = [e for e in events if e["event"] == "sample" and e["phase"] == phase]
        if not mine:
            continue
        rows = "".join(
            f"<li><span>step {e['step']:,}</span><p><b>{_written(e['prompt'])}</b>"
            f"{_written(e['text'])}</p></li>"
            for e in reversed(spread(mine))
        )
        name = "the first phase" if phase == "pretraining" else "the second phase, a question"
        blocks.append(f"<h4>The same prompt through {name}</h4><ol class='tr-samples'>{rows}</ol>")
    return "".join(blocks)


def spread(all_of: Sequence[Event], most: int = SHOWN_SAMPLES) -> list[Event]:
    """The first, the newest, and some in between: early ones closer, for they change more."""
    if len(all_of) <= most:
        return list(all_of)
    last = len(all_of) - 1
    return [all_of[round(last * (n / (most - 1)) ** 1.6)] for n in range(most)]


def _written(text: str) -> str:
    """A model's text with its special tokens told apart."""
    shown = safe("".join(one if one == "\n" or one.isprintable() else "�" for one in text))
    for token in ("end", "user", "assistant"):
        shown = shown.replace(f"&lt;|{token}|&gt;", f"<i>{token}</i>")
    return shown


def tokenizer(events: Sequence[Event]) -> str:
    """The trained tokenizer: its size, the start of the text in its tokens, its latest merges."""
    made = next((event for event in events if event["event"] == "tokenizer"), None)
    if made is None:
        return "<p>It is trained first, on the same text; its tokens appear here.</p>"
    return (
        f"<p>{made['vocab_size']:,} tokens, learnt from the text in {made['seconds']:.1f} s by "
        "joining the pairs that come most often (byte-level BPE). The text begins:</p>"
        f"{chips(made['example'])}<p>The last it learnt, the rarest:</p>"
        f"{chips(made['last_learned'])}"
    )


def chips(pieces: Sequence[str]) -> str:
    """Tokens, each in its box; a space at an edge is to be seen."""
    boxes = "".join(
        f"<span>{safe(one.replace(' ', '·').replace(chr(10), '⏎')) or '…'}</span>" for one in pieces
    )
    return f'<div class="tr-tokens">{boxes}</div>'
