"""The line that says what is happening, what went wrong, or what ran and what it cost."""

from collections.abc import Sequence

from markupsafe import Markup

from pipelines import PlaygroundError
from pipelines.playground import Answer
from pipelines.store import Progress


def _line(kind: str, text: str) -> Markup:
    line = Markup('<div class="{}" role="status" aria-live="polite">{}</div>')
    return line.format(kind, text)


def idle() -> Markup:
    """Before the first run."""
    return _line("idle", "Type, drop or record something, or click an example; then press Run.")


def started() -> Markup:
    """Right after Run."""
    return _line("busy", "Running…")


def stopped() -> Markup:
    """After Stop."""
    return _line("idle", "Stopped.")


def queued(ahead: int) -> Markup:
    """A second Run while one is going."""
    runs = "run is" if ahead == 1 else "runs are"
    return _line("busy", f"Queued: {ahead} {runs} before this one.")


def progress(event: Progress) -> Markup:
    """What is happening, how far, how large."""
    if event.done is None or not event.total:
        return _line("busy", f"{event.text}…")
    digits = 0 if event.total > 1e7 else 1
    far = f"{event.done / 1e6:,.{digits}f} of {event.total / 1e6:,.{digits}f} MB"
    if event.rate:
        far += f" at {event.rate / 1e6:,.1f} MB/s"
    if event.seconds_left is not None:
        far += f", {event.seconds_left:,.0f} s left"
    text = Markup('{}: {} <progress max="{}" value="{}">{}</progress>')
    return _line("busy", text.format(event.text, far, event.total, event.done, far))


def consent(title: str, price: Markup) -> Markup:
    """What is asked before a large download."""
    text = Markup("<b>{}</b> is not on this machine yet: {}.")
    return _line("asks", text.format(title, price))


def gone(title: str, how: str) -> Markup:
    """After a model was unloaded or deleted."""
    sentences = {
        "unload": f"{title} was unloaded from memory.",
        "delete": f"The files of {title} were deleted from this disk.",
    }
    return _line("done", sentences[how])


def error(trouble: PlaygroundError) -> Markup:
    """One sentence and a hint."""
    hint = Markup(" <span>{}</span>").format(trouble.hint) if trouble.hint else ""
    line = Markup('<div class="error" role="alert"><b>{}</b>{}</div>')
    return line.format(trouble.sentence, hint)


def done(answers: Sequence[Answer]) -> Markup:
    """What ran: model, engine, times, speed, memory; and what it wants to tell.

    A run has one whole answer for each of its parts; waiting and fetching are not counted.
    """
    known = [answer.facts for answer in answers if answer.facts]
    facts = known[-1]
    load_seconds = sum(one.load_seconds for one in known)
    run_seconds = sum(one.run_seconds for one in known)
    notes = dict.fromkeys(note for answer in answers for note in answer.notes)
    parts: list[str] = [Markup("<b>{}</b> on {}").format(facts.title, facts.engine)]
    parts.append(f"loaded in {load_seconds:.2f} s" if load_seconds else "already loaded")
    parts.append(f"ran {run_seconds:.2f} s")
    if facts.tokens and facts.run_seconds:
        parts.append(f"{facts.tokens} tokens, {facts.tokens / facts.run_seconds:.0f} tokens/s")
    if facts.audio_seconds and facts.run_seconds:
        faster = facts.audio_seconds / facts.run_seconds
        parts.append(f"{facts.audio_seconds:.1f} s of sound, {faster:.1f}× real time")
    parts.append(f"{facts.memory_bytes / 1e6:,.0f} MB of memory")
    listed = Markup("").join(Markup("<li>{}</li>").format(note) for note in notes)
    remarks = Markup("<ul>{}</ul>").format(listed) if listed else ""
    return _line("done", Markup(" · ").join(parts) + remarks)
