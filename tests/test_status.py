"""The line under a run says what ran and what it cost."""

from components import status
from components.markup import DOT
from pipelines.playground import Answer, Facts
from pipelines.rows.job import Pace
from pipelines.store import Progress


def part(load_seconds: float, run_seconds: float, *notes: str) -> Answer:
    facts = Facts("tiny", "Tiny <1>", "transformers", load_seconds, run_seconds, 30_000_000)
    return Answer([], facts, notes)


def plain(line: str) -> str:
    return line.replace(DOT, " · ")


def test_it_counts_loading_and_running_and_nothing_else() -> None:
    line = plain(status.done([part(0.6, 2.0)]))
    assert "<b>Tiny &lt;1&gt;</b> on transformers · loaded in 0.60 s · ran 2.00 s" in line
    assert "already loaded · ran 2.00 s" in plain(status.done([part(0.0, 2.0)]))


def test_it_names_the_library_that_ran_the_model() -> None:
    facts = Facts("photo-detector", "Photo detector", "photo", 0.0, 1.0, 1)
    assert "</b> on openvino · " in plain(status.done([Answer([], facts, ())]))


def test_a_run_in_parts_is_told_whole() -> None:
    parts = [part(0.6, 1.0, "It was cut."), part(0.0, 2.0, "It was cut.", "So be it.")]
    line = plain(status.done(parts))
    assert "loaded in 0.60 s · ran 3.00 s" in line
    assert line.count("It was cut.") == line.count("So be it.") == 1


def test_what_was_unloaded_or_deleted_is_told_plainly() -> None:
    assert "T&lt;iny was unloaded from memory." in status.gone("T<iny", "unload")
    deleted = "The files of T&lt;iny were deleted from this disk."
    assert deleted in status.gone("T<iny", "delete")


def test_a_download_tells_how_far_it_is_how_fast_and_how_long_it_will_take() -> None:
    assert "Loading Tiny…" in status.progress(Progress("loading", "Loading Tiny"))
    line = status.progress(Progress("downloading", "Fetching", 5_000_000, 8_000_000, 1_500_000))
    assert "Fetching: 5.0 of 8.0 MB at 1.5 MB/s, 2 s left" in line
    assert 'max="8000000" value="5000000"' in line
    assert "5 of 80 MB" in status.progress(
        Progress("downloading", "Fetching", 5_000_000, 80_000_000)
    )


def test_many_rows_tell_how_many_are_done_and_how_many_have_no_answer() -> None:
    line = status.rows(Pace(1_200, 10_000, failed=3, rate=20))
    assert "1,200 of 10,000 rows, 3 without an answer, 20 rows/s, 7 min 20 s left" in line
    ended = plain(status.rows_done("Stopped.", Pace(9, 10, failed=0), None, 3_780, ["Cut."]))
    assert "Stopped. · 9 of 10 rows in 1 h 3 min<ul><li>Cut.</li></ul>" in ended
