"""The line that says what is happening, what went wrong, or what ran and what it cost."""

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from components.markup import DOT
from components.sentences import known
from components.translations import text
from pipelines import PlaygroundError
from pipelines.errors import Cancelled
from pipelines.playground import Answer, Facts
from pipelines.rows.job import Pace
from pipelines.store import Progress

# Engines that are no libraries, by what runs their models.
RUN_BY = {"photo": "openvino", "scenes": "torch"}


def _line(kind: str, text: str) -> Markup:
    line = Markup('<div class="{}" role="status" aria-live="polite">{}</div>')
    return line.format(kind, text)


def idle() -> Markup:
    """Before the first run."""
    return _line(
        "idle", text("Type, drop or record something, or click an example; then press Run.")
    )


def info(sentence: str) -> Markup:
    """A remark before a run."""
    return _line("idle", sentence)


def started() -> Markup:
    """Right after Run."""
    return _line("busy", text("Running…"))


def stopped(how: Cancelled) -> Markup:
    """After Stop, or when the server ended the run."""
    return _line("idle", known(str(how)))


def queued(ahead: int) -> Markup:
    """A second Run while one is going."""
    one = text("Queued: 1 run is before this one.")
    more = text("Queued: {count} runs are before this one.", count=ahead)
    return _line("busy", one if ahead == 1 else more)


def progress(event: Progress) -> Markup:
    """What is happening, how far, how large."""
    if event.done is None or not event.total:
        return _line("busy", f"{known(event.text)}…")
    digits = 0 if event.total > 1e7 else 1
    far = text(
        "{done} of {total} MB",
        done=f"{event.done / 1e6:,.{digits}f}",
        total=f"{event.total / 1e6:,.{digits}f}",
    )
    if event.rate:
        far = text("{far} at {rate} MB/s", far=far, rate=f"{event.rate / 1e6:,.1f}")
    if event.seconds_left is not None:
        far = text("{far}, {time} left", far=far, time=f"{event.seconds_left:,.0f} s")
    line = Markup('{}: {} <progress max="{}" value="{}">{}</progress>')
    told = known(event.text)
    return _line("busy", line.format(told, far, event.total, event.done, far))


def rows(pace: Pace) -> Markup:
    """How many rows are done, how fast, and how long the others take."""
    far = text("{done} of {total} rows", done=f"{pace.done:,}", total=f"{pace.total:,}")
    if pace.failed:
        far += ", " + text("{count} without an answer", count=f"{pace.failed:,}")
    if pace.rate:
        rate = f"{pace.rate:,.{0 if pace.rate >= 10 else 1}f}"
        far += ", " + text("{rate} rows/s", rate=rate)
    if pace.seconds_left is not None:
        far = text("{far}, {time} left", far=far, time=duration(pace.seconds_left))
    line = Markup('{} <progress aria-label="{}" max="{}" value="{}"></progress>')
    return _line("busy", line.format(far, far, pace.total, pace.done))


def rows_done(
    sentence: str, pace: Pace | None, facts: Facts | None, seconds: float, notes: Sequence[str]
) -> Markup:
    """How a run over many rows ended, by what, and what there is to say of it."""
    parts: list[str] = [sentence] if sentence else []
    if pace:
        parts.append(
            text(
                "{done} of {total} rows in {time}",
                done=f"{pace.done:,}",
                total=f"{pace.total:,}",
                time=duration(seconds),
            )
        )
        if pace.failed:
            parts.append(text("{count} without an answer", count=f"{pace.failed:,}"))
    if facts:
        parts.append(_model(facts))
    return facts_and_notes(parts, notes)


def facts_and_notes(parts: Sequence[str], notes: Iterable[str]) -> Markup:
    """Facts about a run that has ended in a line, and below it the notes."""
    listed = Markup("").join(Markup("<li>{}</li>").format(known(note)) for note in notes)
    remarks = Markup("<ul>{}</ul>").format(listed) if listed else ""
    return _line("done", DOT.join(parts) + remarks)


def duration(seconds: float) -> str:
    """4 s, 2 min 5 s, 1 h 3 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def consent(title: str, price: Markup) -> Markup:
    """What is asked before a large download."""
    model = Markup("<b>{}</b>").format(title)
    told = text("{model} is not on this machine yet: {price}.", model=model, price=price)
    return _line("asks", told)


def gone(title: str, how: str) -> Markup:
    """After a model was unloaded or deleted."""
    sentences = {
        "unload": text("{model} was unloaded from memory.", model=title),
        "delete": text("The files of {model} were deleted from this disk.", model=title),
    }
    return _line("done", sentences[how])


def error(trouble: PlaygroundError) -> Markup:
    """One sentence and a hint."""
    hint = Markup(" <span>{}</span>").format(known(trouble.hint)) if trouble.hint else ""
    line = Markup('<div class="error" role="alert"><b>{}</b>{}</div>')
    return line.format(known(trouble.sentence), hint)


def done(answers: Sequence[Answer]) -> Markup:
    """What ran: model, engine, times, speed, memory; and what it wants to tell.

    A run has one whole answer for each of its parts; waiting and fetching are not counted.
    """
    known = [answer.facts for answer in answers if answer.facts]
    facts = known[-1]
    load_seconds = sum(one.load_seconds for one in known)
    run_seconds = sum(one.run_seconds for one in known)
    notes = dict.fromkeys(note for answer in answers for note in answer.notes)
    loaded = text("loaded in {seconds} s", seconds=f"{load_seconds:.2f}")
    parts: list[str] = [_model(facts), loaded if load_seconds else text("already loaded")]
    parts.append(text("ran {seconds} s", seconds=f"{run_seconds:.2f}"))
    if facts.tokens and facts.run_seconds:
        rate = f"{facts.tokens / facts.run_seconds:.0f}"
        parts.append(text("{count} tokens, {rate} tokens/s", count=facts.tokens, rate=rate))
    if facts.audio_seconds and facts.run_seconds:
        faster = f"{facts.audio_seconds / facts.run_seconds:.1f}"
        sound = f"{facts.audio_seconds:.1f}"
        parts.append(
            text("{seconds} s of sound, {faster}× real time", seconds=sound, faster=faster)
        )
    parts.append(text("{size} MB of memory", size=f"{facts.memory_bytes / 1e6:,.0f}"))
    return facts_and_notes(parts, notes)


def _model(facts: Facts) -> str:
    """Which model answered, and what ran it."""
    model = Markup("<b>{}</b>").format(known(facts.title))
    return text("{model} on {engine}", model=model, engine=RUN_BY.get(facts.engine, facts.engine))
