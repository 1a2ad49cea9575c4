"""How labels compare with the true ones: accuracy and a confusion matrix."""

from collections import Counter
from dataclasses import dataclass, field

LARGEST = 20  # rows and columns of a matrix that is shown
OTHERS = "(others)"


@dataclass
class Comparison:
    """True and predicted labels so far. Case and white space around a label do not count."""

    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    left_out: int = 0
    _spelled: dict[str, str] = field(default_factory=dict)

    def add(self, true: str, predicted: str | None) -> None:
        """Count a row; one without a label, or without an answer, is left out."""
        if predicted is None or not true.strip():
            self.left_out += 1
            return
        self.pairs[self._known(true, first=False), self._known(predicted, first=True)] += 1

    def _known(self, label: str, first: bool) -> str:
        key = label.strip().casefold()
        if first:  # as the model writes it
            self._spelled[key] = label.strip()
        else:
            self._spelled.setdefault(key, label.strip())
        return key

    @property
    def total(self) -> int:
        """How many rows are compared."""
        return self.pairs.total()

    @property
    def right(self) -> int:
        """How many predicted labels are the true ones."""
        return sum(count for (true, predicted), count in self.pairs.items() if true == predicted)

    @property
    def accuracy(self) -> float:
        """The share of rows whose predicted label is the true one."""
        return self.right / self.total if self.total else 0.0

    def sentence(self) -> str:
        """The accuracy in words; and why it is 0 where no label is one of the model's."""
        if not self.total:
            return "No row has both a label and an answer."
        said = f"Accuracy {self.accuracy:.1%}: {self.right:,} of {self.total:,} rows"
        if self.left_out:
            said += f"; {self.left_out:,} without a label or an answer are left out"
        true, predicted = ({pair[side] for pair in self.pairs} for side in (0, 1))
        if not true & predicted:
            said += (
                f". No label of the column ({self._some(true)}) is one of the model's "
                f"({self._some(predicted)})"
            )
        return f"{said}."

    def _some(self, keys: set[str]) -> str:
        names = sorted(self._spelled[key] for key in keys)
        return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")

    def matrix(self) -> tuple[list[str], list[str], list[list[int]]]:
        """True labels, predicted labels, and the count of each pair: a row for each true label.

        Beyond the most frequent labels the others are one.
        """
        frequent: Counter[str] = Counter()
        for (true, predicted), count in self.pairs.items():
            frequent[true] += count
            frequent[predicted] += count
        kept = {label for label, _ in frequent.most_common(LARGEST)}
        counts: Counter[tuple[str, str]] = Counter()
        for pair, count in self.pairs.items():
            true, predicted = (self._spelled[one] if one in kept else OTHERS for one in pair)
            counts[true, predicted] += count
        rows = sorted({true for true, _ in counts}, key=_others_last)
        columns = sorted({predicted for _, predicted in counts}, key=_others_last)
        return rows, columns, [[counts[row, column] for column in columns] for row in rows]


def _others_last(label: str) -> tuple[bool, str]:
    return label == OTHERS, label
