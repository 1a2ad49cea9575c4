"""How a run of lab 2 is shown while it trains: state, figures, samples, tokens.

Functions from a run and its events to HTML.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup

from components.drawings import safe
from components.sentences import known
from components.translations import text
from pipelines.labs.training.recipe import Recipe
from pipelines.labs.training.run import Run

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

SAMPLE = Markup("<li><span>{}</span><p><b>{}</b>{}</p></li>")
TOLD = Markup("<b>{}</b> {}")


def state(run: Run, events: Sequence[Event], recipe: Recipe) -> Markup:
    """The state, how far the run is, and its figures."""
    steps = [event for event in events if event["event"] == "step"]
    total = recipe.pretraining_steps + recipe.tuning_steps
    done = len(steps)
    told = _told(run, events, steps, recipe)
    bar = total if run.state == "done" else done
    return Markup(
        '<div class="tr-state {}"><p role="status" aria-live="polite">{}</p>'
        '<progress max="{}" value="{}" aria-label="{}">{}</progress>'
        '<dl class="tr-figures">{}</dl></div>'
    ).format(
        run.state,
        told,
        total,
        bar,
        text("Steps done"),
        text("{done} of {total}", done=done, total=total),
        _figures(run, events, steps, total),
    )


def _told(run: Run, events: Sequence[Event], steps: Sequence[Event], recipe: Recipe) -> Markup:
    after = text("Before and after")
    if run.state == "queued":
        before = run.place - 1
        ahead = text("{count} in the queue before you; another run is going.", count=before)
        next_one = text("You are next; another run is going.")
        place = text("Waiting, place {number} in the queue.", number=run.place)
        return TOLD.format(place, ahead if before else next_one)
    if run.state == "failed":
        told = Markup('<b class="error">{}.</b> {}')
        return told.format(text(STATES["failed"]), safe(known(run.why)))
    if run.state == "running":
        ready = text("Getting ready:")
        if not events:
            return TOLD.format(ready, text("the training process is starting."))
        if not steps:
            return TOLD.format(
                ready, text("the tokenizer is trained, the text is cut into tokens.")
            )
        return Markup("<b>{}</b>, {}.").format(
            text(STATES["running"]), text(PHASE_NAMES[steps[-1]["phase"]])
        )
    if run.state == "paused":
        kept = text("Everything is kept; Resume continues where it stopped.")
        return TOLD.format(text("Paused."), kept)
    if run.state == "stopped":
        return TOLD.format(
            text("Stopped."), text("What was saved before can be used under “{part}”.", part=after)
        )
    if run.state == "done":
        done = text("Done.")
        left_out = [e for e in events if e["event"] == "left_out" and e.get("phase") == "tuning"]
        if left_out:
            why = known(left_out[-1]["why"])
            return TOLD.format(done, text("The second phase was left out: {why}.", why=safe(why)))
        if not recipe.tuning_steps:
            one = text(
                "Phase 1 is through, phase 2 was left out; ask your model under “{part}”.",
                part=after,
            )
            return TOLD.format(done, one)
        both = text("Both phases are through; ask your model under “{part}”.", part=after)
        return TOLD.format(done, both)
    return Markup("<b>{}</b>").format(text(STATES[run.state]))


def _figures(run: Run, events: Sequence[Event], steps: Sequence[Event], total: int) -> Markup:
    shown: list[tuple[str, str]] = [
        (text("Steps"), text("{done} of {total}", done=f"{len(steps):,}", total=f"{total:,}"))
    ]
    shown += [(text("Parameters"), f"{e['parameters']:,}") for e in events if e["event"] == "model"]
    held_out = [e for e in events if e["event"] == "held_out"]
    if held_out:
        first, last = held_out[0]["perplexity"], held_out[-1]["perplexity"]
        fall = Markup("")
        if len(held_out) > 1:
            fell = text("from {value}", value=f"{first:,.0f}")
            fall = Markup("<small>{}, ÷{:,.0f}</small>").format(fell, first / last)
        shown.append((text("Held-out perplexity"), Markup("{:,.1f} {}").format(last, fall)))
    exact = [e for e in events if e["event"] == "exact"]
    if exact:
        first, last = exact[0], exact[-1]
        right = Markup("{} <small>{}</small>").format(
            text("{done} of {total}", done=last["right"], total=last["of"]),
            text("from {value}", value=first["right"]),
        )
        shown.append((text("Exact answers"), right))
    for event in events:
        if event["event"] == "left_out" and "instructions" in event:
            left_out = text("{count} too long, left out", count=f"{event['instructions']:,}")
            shown.append((text("Instructions"), left_out))
    if steps:
        recent = steps[-20:]
        speed = sum(e["tokens_per_second"] for e in recent) / len(recent)
        if run.state == "running":
            shown.append((text("Speed"), text("{rate} tokens/s", rate=f"{speed:,.0f}")))
            shown.append((text("Time left"), _clock(_left(steps, total))))
        shown.append((text("Trained for"), _clock(steps[-1]["seconds"])))
    return figures(shown)


def figures(named: Iterable[tuple[str, str]]) -> Markup:
    """Names with their figures, the items of a <dl>."""
    item = Markup("<div><dt>{}</dt><dd>{}</dd></div>")
    return Markup("").join(item.format(name, value) for name, value in named)


def _left(steps: Sequence[Event], total: int) -> float:
    """Seconds left, by the pace of the last steps with the samples and evaluations between them."""
    recent = steps[-30:]
    pace: float = recent[-1]["seconds"]
    if len(recent) > 1:
        pace = (pace - recent[0]["seconds"]) / (len(recent) - 1)
    return pace * (total - len(steps))


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60)}:{int(seconds % 60):02d} min"


def samples(events: Sequence[Event]) -> Markup:
    """Continuations of the same prompt in the course of training, the newest on top."""
    blocks = []
    for phase in ("tuning", "pretraining"):
        mine = [e for e in events if e["event"] == "sample" and e["phase"] == phase]
        if not mine:
            continue
        rows = Markup("").join(
            SAMPLE.format(
                text("step {number}", number=f"{e['step']:,}"),
                _written(e["prompt"]),
                _written(e["text"]),
            )
            for e in reversed(spread(mine))
        )
        title = (
            text("The same prompt through the first phase")
            if phase == "pretraining"
            else text("The same prompt through the second phase, a question")
        )
        block = Markup("<h4>{}</h4><ol class='tr-samples'>{}</ol>")
        blocks.append(block.format(title, rows))
    return Markup("").join(blocks)


def spread(all_of: Sequence[Event], most: int = SHOWN_SAMPLES) -> list[Event]:
    """The first, the newest and some in between, denser at the start, where they change most."""
    if len(all_of) <= most:
        return list(all_of)
    last = len(all_of) - 1
    return [all_of[round(last * (n / (most - 1)) ** 1.6)] for n in range(most)]


def _written(words: str) -> Markup:
    """A model's text with its special tokens in italics."""
    shown = safe("".join(one if one == "\n" or one.isprintable() else "�" for one in words))
    for token in ("end", "user", "assistant"):
        shown = shown.replace(f"&lt;|{token}|&gt;", Markup("<i>{}</i>").format(token))
    return shown


def tokenizer(events: Sequence[Event]) -> Markup:
    """The trained tokenizer: its size, the start of the text in tokens, its last merges."""
    made = next((event for event in events if event["event"] == "tokenizer"), None)
    if made is None:
        first = text("It is trained first, on the same text; its tokens appear here.")
        return Markup("<p>{}</p>").format(first)
    learnt = text(
        "{count} tokens, learnt from the text in {seconds} s by joining the pairs that come most "
        "often (byte-level BPE). The text begins:",
        count=f"{made['vocab_size']:,}",
        seconds=f"{made['seconds']:.1f}",
    )
    rarest = text("The last it learnt, the rarest:")
    return Markup("<p>{}</p>{}<p>{}</p>{}").format(
        learnt, chips(made["example"]), rarest, chips(made["last_learned"])
    )


def chips(pieces: Sequence[str]) -> Markup:
    """Tokens, each in its box, with spaces and line ends made visible."""
    boxes = Markup("").join(
        Markup("<span>{}</span>").format(safe(one.replace(" ", "·").replace("\n", "⏎")) or "…")
        for one in pieces
    )
    return Markup('<div class="tr-tokens">{}</div>').format(boxes)
