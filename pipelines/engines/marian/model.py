"""A loaded folder of Firefox Translations models, one a direction, each loaded when first used."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.capabilities import TextStreams, Translate
from pipelines.engines.marian.network import Network
from pipelines.engines.marian.vocabulary import Vocabulary, Words
from pipelines.engines.marian.weights import Weights
from pipelines.errors import InputError, ModelError
from pipelines.languages import closest, name
from pipelines.run import count_tokens, note, stop_if_cancelled

# Characters, about 110 tokens. Firefox, too, breaks sentences that are longer than 128 tokens.
LONGEST = 450
BATCH = 16  # sentences; more take more memory for the same speed on two cores


@dataclass(frozen=True)
class Files:
    """The files of one direction."""

    weights: Path
    source_vocabulary: Path
    target_vocabulary: Path


class Direction:
    """The network and the vocabularies of one direction."""

    def __init__(self, files: Files) -> None:
        """Read the files.

        Raises:
            ModelError: they are damaged, or do not belong together.
        """
        self.source = Vocabulary(files.source_vocabulary)
        shared = files.target_vocabulary == files.source_vocabulary
        self.target = self.source if shared else Vocabulary(files.target_vocabulary)
        weights = Weights(files.weights)
        try:
            self.network = Network(weights)
        finally:
            weights.close()
        if not len(self.source) == len(self.target) == self.network.words:
            raise ModelError(
                f"{files.weights.name} and its vocabulary do not belong together.",
                "Download the model again.",
            )

    def translate(self, sentences: Sequence[str]) -> TextStreams:
        """Yield the translations of a batch by whole words, all of one before the next.

        All grow at the same time; what the later ones have is held back until it is their turn.
        """
        read = [self.source.read(one) for one in sentences]
        ids = {index: self.source.encode(one.text) for index, one in enumerate(read)}
        asked = [index for index, one in enumerate(read) if ids[index] and _has_words(one.text)]
        made: dict[int, list[int]] = {index: [] for index in asked}
        shown, now = "", 0  # what was yielded of the sentence whose turn it is
        for step in self.network.greedy([ids[index] for index in asked]) if asked else ():
            stop_if_cancelled()
            count_tokens(len(step))
            growing = {asked[row]: token for row, token in step.items()}
            for index, token in growing.items():
                made[index].append(token)
            while now not in growing and growing:  # it has ended
                whole = self._whole(read[now], made.get(now))
                yield now, whole[len(shown) :]
                shown, now = "", now + 1
            if now in growing:
                begun = read[now].so_far(self.target.decode(made[now]).rpartition(" ")[0])
                yield now, begun[len(shown) :]
                shown = begun
        for index in range(now, len(read)):
            yield index, self._whole(read[index], made.get(index))[len(shown) :]
            shown = ""

    def _whole(self, words: Words, ids: Sequence[int] | None) -> str:
        text = words.whole(words.text if ids is None else self.target.decode(ids))
        if lost := words.missing(text):
            note(f"The model does not know all letters of this and left it out: {' '.join(lost)}")
        return text


class MarianModel(Translate):
    """All directions of a folder."""

    parallel = 2  # a run changes nothing in the model, and each uses one core
    system = ""

    def __init__(self, files: Mapping[tuple[str, str], Files]) -> None:
        self._files = files
        self._directions: dict[tuple[str, str], Direction] = {}
        self._loading = threading.Lock()

    def reads_whole(self, sentence: str) -> bool:
        """Whether a sentence is as short as those that these models were trained on."""
        return len(sentence) <= LONGEST

    def translate(
        self, sentences: Sequence[str], *, source: str, target: str, num_beams: int
    ) -> TextStreams:
        """Yield the translations in order, by words; num_beams changes nothing.

        Raises:
            InputError: there is no model for these two languages.
        """
        if num_beams > 1:
            note("This model was trained to be decoded greedily: num_beams has no effect.")
        direction = self._direction(source, target)
        for begin in range(0, len(sentences), BATCH):
            for index, piece in direction.translate(sentences[begin : begin + BATCH]):
                yield begin + index, piece

    def close(self) -> None:
        """Free the memory."""
        self._directions = {}

    def _direction(self, source: str, target: str) -> Direction:
        sources, targets = ({pair[side] for pair in self._files} for side in (0, 1))
        key = (closest(source, sources) or source, closest(target, targets) or target)
        if key not in self._files:
            pairs = ", ".join(f"{a}→{b}" for a, b in self._files)
            raise InputError(
                f"This model does not translate from {name(source)} to {name(target)}.",
                f"It translates {pairs}.",
            )
        with self._loading:
            if key not in self._directions:
                self._directions[key] = Direction(self._files[key])
            return self._directions[key]


def _has_words(text: str) -> bool:
    return any(map(str.isalnum, text))
