"""The line that says what is happening, what went wrong, or what ran and what it cost."""

from collections.abc import Sequence
from html import escape

from pipelines import PlaygroundError
from pipelines.playground import Answer
from pipelines.store import Progress


def _line(kind: str, text: str) -> str:
    return f'<div class="{kind}" role="status" aria-live="polite">{text}</div>'


def idle() -> str:
    """Before the first run."""
    return _line("idle", "Type, drop or record something, or click an example; then press Run.")


def started() -> str:
    """Right after Run."""
    return _line("busy", "Running…")


def stopped() -> str:
    """After Stop."""
    return _line("idle", "Stopped.")


def queued(ahead: int) -> str:
    """A second Run while one is going."""
    runs = "run is" if ahead == 1 else "runs are"
    return _line("busy", f"Queued: {ahead} {runs} before this one.")


def progress(event: Progress) -> str:
    """What is happening, how far, how large."""
    text = escape(event.text)
    if event.done is None or not event.total:
        return _line("busy", f"{text}…")
    digits = 0 if event.total > 1e7 else 1
    far = f"{event.done / 1e6:,.{digits}f} of {event.total / 1e6:,.{digits}f} MB"
    if event.rate:
        far += f" at {event.rate / 1e6:,.1f} MB/s"
    if event.seconds_left is not None:
        far += f", {event.seconds_left:,.0f} s left"
    bar = f'<progress max="{event.total}" value="{event.done}">{far}</progress>'
    return _line("busy", f"{text}: {far} {bar}")


def consent(title: str, price: str) -> str:
    """What is asked before a large download."""
    return _line("asks", f"<b>{escape(title)}</b> is not on this machine yet: {price}.")


def gone(title: str, how: str) -> str:
    """After a model was unloaded or deleted."""
    name = escape(title)
    sentences = {
        "unload": f"{name} was unloaded from memory.",
        "delete": f"The files of {name} were deleted from this disk.",
    }
    return _line("done", sentences[how])


def error(trouble: PlaygroundError) -> str:
    """One sentence and a hint."""
    hint = f" <span>{escape(trouble.hint)}</span>" if trouble.hint else ""
    return f'<div class="error" role="alert"><b>{escape(trouble.sentence)}</b>{hint}</div>'


def done(answers: Sequence[Answer]) -> str:
    """What ran: model, engine, times, speed, memory; and what it wants to tell.

    A run has one whole answer for each of its parts; waiting and fetching are not counted.
    """
    known = [answer.facts for answer in answers if answer.facts]
    facts = known[-1]
    load_seconds = sum(one.load_seconds for one in known)
    run_seconds = sum(one.run_seconds for one in known)
    notes = dict.fromkeys(note for answer in answers for note in answer.notes)
    parts = [f"<b>{escape(facts.title)}</b> on {escape(facts.engine)}"]
    parts.append(f"loaded in {load_seconds:.2f} s" if load_seconds else "already loaded")
    parts.append(f"ran {run_seconds:.2f} s")
    if facts.tokens and facts.run_seconds:
        parts.append(f"{facts.tokens} tokens, {facts.tokens / facts.run_seconds:.0f} tokens/s")
    if facts.audio_seconds and facts.run_seconds:
        faster = facts.audio_seconds / facts.run_seconds
        parts.append(f"{facts.audio_seconds:.1f} s of sound, {faster:.1f}× real time")
    parts.append(f"{facts.memory_bytes / 1e6:,.0f} MB of memory")
    told = "".join(f"<li>{escape(note)}</li>" for note in notes)
    return _line("done", " · ".join(parts) + (f"<ul>{told}</ul>" if told else ""))
