"""What a visitor sees of a run of lab 2 while it goes: state, figures, samples, tokens.

Functions of a run and its events to HTML.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup

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

SAMPLE = Markup("<li><span>step {:,}</span><p><b>{}</b>{}</p></li>")


def line(kind: str, text: str) -> Markup:
    """The line of the state, read aloud when it changes."""
    shown = Markup('<div class="{}" role="status" aria-live="polite">{}</div>')
    return shown.format(kind, text)


def state(run: Run, events: Sequence[Event], recipe: Recipe) -> Markup:
    """The state, how far the run is, and its figures."""
    steps = [event for event in events if event["event"] == "step"]
    total = recipe.pretraining_steps + recipe.tuning_steps
    done = len(steps)
    told = _told(run, events, steps, recipe)
    bar = total if run.state == "done" else done
    return Markup(
        '<div class="tr-state {}"><p role="status" aria-live="polite">{}</p>'
        '<progress max="{}" value="{}" aria-label="Steps done">{} of {}</progress>'
        '<dl class="tr-figures">{}</dl></div>'
    ).format(run.state, told, total, bar, done, total, _figures(run, events, steps, total))


def _told(run: Run, events: Sequence[Event], steps: Sequence[Event], recipe: Recipe) -> Markup:
    if run.state == "queued":
        before = run.place - 1
        ahead = "You are next" if not before else f"{before} in the queue before you"
        told = Markup("<b>Waiting, place {} in the queue.</b> {}; another run is going.")
        return told.format(run.place, ahead)
    if run.state == "failed":
        told = Markup('<b class="error">{}.</b> {}')
        return told.format(STATES["failed"], safe(run.why))
    if run.state == "running":
        if not events:
            return Markup("<b>Getting ready:</b> the training process is starting.")
        if not steps:
            return Markup(
                "<b>Getting ready:</b> the tokenizer is trained, the text is cut into tokens."
            )
        return Markup("<b>Training</b>, {}.").format(PHASE_NAMES[steps[-1]["phase"]])
    if run.state == "paused":
        return Markup("<b>Paused.</b> Everything is kept; Resume continues where it stopped.")
    if run.state == "stopped":
        return Markup("<b>Stopped.</b> What was saved before can be used below.")
    if run.state == "done":
        left_out = [e for e in events if e["event"] == "left_out" and e.get("phase") == "tuning"]
        if left_out:
            told = Markup("<b>Done,</b> without the second phase: {}.")
            return told.format(safe(left_out[-1]["why"]))
        if not recipe.tuning_steps:
            return Markup(
                "<b>Done.</b> Phase 1 is through, phase 2 was left out; ask your model below."
            )
        return Markup("<b>Done.</b> Both phases are through; ask your model below.")
    return Markup("<b>{}</b>").format(STATES[run.state])


def _figures(run: Run, events: Sequence[Event], steps: Sequence[Event], total: int) -> Markup:
    shown: list[tuple[str, str]] = [("Steps", f"{len(steps):,} of {total:,}")]
    shown += [("Parameters", f"{e['parameters']:,}") for e in events if e["event"] == "model"]
    held_out = [e for e in events if e["event"] == "held_out"]
    if held_out:
        first, last = held_out[0]["perplexity"], held_out[-1]["perplexity"]
        fall = Markup("")
        if len(held_out) > 1:
            fall = Markup("<small>from {:,.0f}, ÷{:,.0f}</small>").format(first, first / last)
        shown.append(("Held-out perplexity", Markup("{:,.1f} {}").format(last, fall)))
    exact = [e for e in events if e["event"] == "exact"]
    if exact:
        first, last = exact[0], exact[-1]
        right = Markup("{} of {} <small>from {}</small>")
        shown.append(("Exact answers", right.format(last["right"], last["of"], first["right"])))
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
    return figures(shown)


def figures(named: Iterable[tuple[str, str]]) -> Markup:
    """Names with their figures, the items of a <dl>."""
    item = Markup("<div><dt>{}</dt><dd>{}</dd></div>")
    return Markup("").join(item.format(name, value) for name, value in named)


def _left(steps: Sequence[Event], total: int) -> float:
    """Seconds left at the pace of the last steps, samples and measures between them included."""
    recent = steps[-30:]
    pace: float = recent[-1]["seconds"]
    if len(recent) > 1:
        pace = (pace - recent[0]["seconds"]) / (len(recent) - 1)
    return pace * (total - len(steps))


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60)}:{int(seconds % 60):02d} min"


def samples(events: Sequence[Event]) -> Markup:
    """Continuations of the same prompt through the training, the newest on top."""
    blocks = []
    for phase in ("tuning", "pretraining"):
        mine = [e for e in events if e["event"] == "sample" and e["phase"] == phase]
        if not mine:
            continue
        rows = Markup("").join(
            SAMPLE.format(e["step"], _written(e["prompt"]), _written(e["text"]))
            for e in reversed(spread(mine))
        )
        name = "the first phase" if phase == "pretraining" else "the second phase, a question"
        block = Markup("<h4>The same prompt through {}</h4><ol class='tr-samples'>{}</ol>")
        blocks.append(block.format(name, rows))
    return Markup("").join(blocks)


def spread(all_of: Sequence[Event], most: int = SHOWN_SAMPLES) -> list[Event]:
    """The first, the newest and some in between, denser at the start, where they change most."""
    if len(all_of) <= most:
        return list(all_of)
    last = len(all_of) - 1
    return [all_of[round(last * (n / (most - 1)) ** 1.6)] for n in range(most)]


def _written(text: str) -> Markup:
    """A model's text with its special tokens in italics."""
    shown = safe("".join(one if one == "\n" or one.isprintable() else "�" for one in text))
    for token in ("end", "user", "assistant"):
        shown = shown.replace(f"&lt;|{token}|&gt;", Markup("<i>{}</i>").format(token))
    return shown


def tokenizer(events: Sequence[Event]) -> Markup:
    """The trained tokenizer: its size, the start of the text in its tokens, its latest merges."""
    made = next((event for event in events if event["event"] == "tokenizer"), None)
    if made is None:
        return Markup("<p>It is trained first, on the same text; its tokens appear here.</p>")
    return Markup(
        "<p>{:,} tokens, learnt from the text in {:.1f} s by joining the pairs that come most "
        "often (byte-level BPE). The text begins:</p>{}<p>The last it learnt, the rarest:</p>{}"
    ).format(
        made["vocab_size"], made["seconds"], chips(made["example"]), chips(made["last_learned"])
    )


def chips(pieces: Sequence[str]) -> Markup:
    """Tokens, each in its box; a space at an edge is to be seen."""
    boxes = Markup("").join(
        Markup("<span>{}</span>").format(safe(one.replace(" ", "·").replace("\n", "⏎")) or "…")
        for one in pieces
    )
    return Markup('<div class="tr-tokens">{}</div>').format(boxes)
