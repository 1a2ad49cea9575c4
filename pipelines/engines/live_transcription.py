"""Live transcription: a text that grows while somebody speaks, by a model that hears whole sounds.

What was said since the last pause is heard anew each time that some more has come. Words in which
two passes agree are settled and stay as they are (the local agreement of whisper_streaming); behind
them stands what the last pass made of the rest. At a pause all is settled, and the sound is let go,
so a pass hears a sentence or two however long somebody speaks. Knows no recognizer.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import chain
from typing import TYPE_CHECKING, Any

from pipelines.capabilities import Segment, SpokenLanguage, Tentative
from pipelines.engines.voice_activity import first_spoken_part
from pipelines.inputs.audio import SAMPLING_RATE, Sound
from pipelines.inputs.live_sound import LiveSound

if TYPE_CHECKING:
    import numpy as np

    Samples = np.ndarray[Any, Any]

STEP_SECONDS = 0.5  # of new sound before a pass; a slow one gets what came meanwhile
LEAD_SECONDS = 0.5  # what is kept of silence: a word may begin there
# Of speech without a pause: from the one on the model's own segments are settled, at the other
# everything, for a pass takes longer with each word.
LONG_SECONDS, LONGEST_SECONDS = 8.0, 20.0
# From so much speech and so sure on, the language is not asked again: it takes a pass of its own.
LANGUAGE_SECONDS, LANGUAGE_PROBABILITY = 2.0, 0.7

Heard = tuple[SpokenLanguage | None, list[Segment]]
WORD = re.compile(r"\s*\S+")


def transcribe_live(
    sound: LiveSound, hear: Callable[[Sound, str | None, bool], Heard], language: str | None
) -> Iterator[SpokenLanguage | Segment | Tentative]:
    """Yield what is settled as segments, and what is not yet; the language comes before.

    `hear` is one pass over a sound, in this language or in the one that it finds; the last one over
    it, whose text is settled, is told so.

    Raises:
        Cancelled: the user stopped.
    """
    import numpy as np

    unsettled = _Unsettled(np.empty(0, np.float32))
    for new in chain(sound.pieces(STEP_SECONDS), [None]):
        if new is not None:
            unsettled.samples = np.concatenate([unsettled.samples, new])
        while part := first_spoken_part(Sound(unsettled.samples)):
            start, end = part
            seconds = (end - start) / SAMPLING_RATE
            # Silence follows, or all that there will be was heard.
            paused = new is None or end < len(unsettled.samples) or seconds > LONGEST_SECONDS
            spoken, segments = hear(Sound(unsettled.samples[start:end]), language, paused)
            if spoken and (paused or seconds > LANGUAGE_SECONDS):
                yield spoken
                if language is None and (spoken.probability or 0) > LANGUAGE_PROBABILITY:
                    language = spoken.code
            text = unsettled.agree("".join(one.text for one in segments), paused)
            if paused:
                yield unsettled.settle(text, start, end)
                continue
            if seconds > LONG_SECONDS and len(segments) > 1:
                count = len(WORD.findall("".join(one.text for one in segments[:-1])))
                if count <= len(unsettled.agreed):
                    cut = start + round(segments[-1].start * SAMPLING_RATE)
                    yield unsettled.settle_words(count, start, cut)
            yield Tentative(unsettled.text)
            break
        else:
            # What a pass took for speech may be none to the detector with what followed.
            if unsettled.text:
                length = len(unsettled.samples)
                yield unsettled.settle(unsettled.text, 0, length)
            unsettled.let_go(len(unsettled.samples) - round(LEAD_SECONDS * SAMPLING_RATE))


@dataclass
class _Unsettled:
    """The sound since the last pause and the words in it; `offset`: the samples before it."""

    samples: "Samples"
    offset: int = 0
    agreed: list[str] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All words so far."""
        return "".join([*self.agreed, *self.rest])

    def agree(self, heard: str, last: bool) -> str:
        """The words after one more pass: those agreed on stay, whatever it made of them."""
        words = WORD.findall(heard)
        rest = words[_end_of(self.agreed, words) :]
        count = len(rest) if last else _alike(rest, self.rest)
        self.agreed, self.rest = self.agreed + rest[:count], rest[count:]
        return self.text

    def settle(self, text: str, start: int, end: int) -> Segment:
        """The text as a segment; the sound up to its end is let go, and its words with it."""
        segment = self._segment(text, start, end)
        self.agreed, self.rest = [], []
        self.let_go(end)
        return segment

    def settle_words(self, count: int, start: int, end: int) -> Segment:
        """So many words as a segment, the others stay."""
        segment = self._segment("".join(self.agreed[:count]), start, end)
        del self.agreed[:count]
        self.let_go(end)
        return segment

    def let_go(self, count: int) -> None:
        """Forget so many samples from the beginning."""
        count = max(0, count)
        self.samples, self.offset = self.samples[count:], self.offset + count

    def _segment(self, text: str, start: int, end: int) -> Segment:
        start, end = self.offset + start, self.offset + end
        return Segment(start / SAMPLING_RATE, end / SAMPLING_RATE, text)


def _alike(words: list[str], others: list[str]) -> int:
    """How many words both begin with."""
    pairs = enumerate(zip(words, others, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(words), len(others)))


def _end_of(agreed: list[str], words: list[str]) -> int:
    """Where the words agreed on end in those of a pass that may have heard them otherwise."""
    blocks = SequenceMatcher(None, agreed, words, autojunk=False).get_matching_blocks()
    last = next((block for block in reversed(blocks) if block.size), None)
    if last is None:
        return len(agreed)
    return last.b + last.size + len(agreed) - (last.a + last.size)
