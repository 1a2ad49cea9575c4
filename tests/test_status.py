"""The line under a run says what ran and what it cost."""

from components import status
from components.markup import DOT
from pipelines.playground import Answer, Facts


def part(load_seconds: float, run_seconds: float, *notes: str) -> Answer:
    facts = Facts("tiny", "Tiny <1>", "transformers", load_seconds, run_seconds, 30_000_000)
    return Answer([], facts, notes)


def plain(line: str) -> str:
    return line.replace(DOT, " · ")


def test_it_counts_loading_and_running_and_nothing_else() -> None:
    line = plain(status.done([part(0.6, 2.0)]))
    assert "<b>Tiny &lt;1&gt;</b> on transformers · loaded in 0.60 s · ran 2.00 s" in line
    assert "already loaded · ran 2.00 s" in plain(status.done([part(0.0, 2.0)]))


def test_a_run_in_parts_is_told_whole() -> None:
    parts = [part(0.6, 1.0, "It was cut."), part(0.0, 2.0, "It was cut.", "So be it.")]
    line = plain(status.done(parts))
    assert "loaded in 0.60 s · ran 3.00 s" in line
    assert line.count("It was cut.") == line.count("So be it.") == 1


def test_what_was_unloaded_or_deleted_is_told_plainly() -> None:
    assert "T&lt;iny was unloaded from memory." in status.gone("T<iny", "unload")
    deleted = "The files of T&lt;iny were deleted from this disk."
    assert deleted in status.gone("T<iny", "delete")
