"""What the benchmarks make of the times they measure."""

from benchmarks.pairs import compared


def test_a_row_has_the_median_of_the_ratios_and_not_the_ratio_of_the_medians() -> None:
    pairs = [(1.0, 10.0), (2.0, 4.0), (9.0, 3.0)]
    row = compared("a task (ms)", pairs, "theirs", "≤ 0.4", ".1f")
    assert (row.ours, row.against, row.ratio) == ("2.0", "theirs: 4.0", 0.5)
    assert not row.reached
