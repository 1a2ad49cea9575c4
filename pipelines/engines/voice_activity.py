"""Voice activity detection: where somebody speaks, by the Silero model that faster-whisper brings.

Whisper invents sentences for long silence ("Thank you.", the last sentence once more) and may take
the language of what it invents; and what it writes of a sentence depends on all else in its window.
So each passage of speech is heard by itself, with the same short pauses in and around it however
long they were, and the times of what is heard are put back to where they were. Knows sound and
times, no recognizer.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from pipelines.inputs.audio import SILENCE, Sound
from pipelines.run import stop_if_cancelled

if TYPE_CHECKING:
    import numpy as np

    Samples = np.ndarray[Any, Any]

# A sound as short as a word or two is heard as it is: with silence around them, Whisper wrote down
# 6 of ten recordings of a digit, without it 7. So is a longer one in which no speech is found, for
# a word alone may pass unnoticed, as one of the ten did in 1 s of silence.
WORD_SECONDS, SHORT_SECONDS = 2.0, 8.0
MIN_SILENCE_SECONDS = 2.0  # shorter pauses stay
# How sure the detector must be. Where it finds nothing, it looks once more for less: among ten
# recordings of a digit in 9 s of silence it found nine, then the tenth.
THRESHOLDS = (0.5, 0.3)
# What stands further apart is not heard together: Whisper wrote a sentence once that was said
# twice with 80 s between, and gave it a segment over all of them.
APART_SECONDS = 5.0
PAD_SECONDS = 0.4  # heard before and after each part: silence where the sound has ended
# Of a sound that is still being recorded: the silence that ends a sentence for those who read
# along, and what is kept beside speech.
LIVE_PAUSE_SECONDS = 0.6
LIVE_PAD_SECONDS = 0.2
# Sound looked at in one go: the detector copies it several times, and Stop waits for it.
PIECE_SECONDS = 60
# The detector misses words of sounds that are far quieter: the first 2 s at a peak of 0.002.
LOUD_ENOUGH = 0.1
# Whisper writes "you" for a short noise. The detector was surer than this of all of 394 pieces of
# 2 s cut anywhere out of speech, but only of 382 of 383 of 1 s and 354 of 357 of half a second; of
# noise, hum and tones it was less sure, unless they are very loud.
NO_SPEECH = 0.15
FRAMES_PER_SECOND = 100  # of the search for digital silence


@dataclass(frozen=True)
class Passage:
    """Speech that is heard in one go: parts of a sound, as (start, end) in samples, joined.

    A part may begin before the sound does and end behind it; there is silence then.
    """

    whole: Sound
    parts: tuple[tuple[int, int], ...]

    @property
    def seconds(self) -> float:
        """How long it plays."""
        return sum(end - start for start, end in self.parts) / self.whole.sampling_rate

    @property
    def sound(self) -> Sound:
        """The parts, joined."""
        return _joined([self], self.whole.sampling_rate, self.seconds)

    def original_times(self, start: float, end: float) -> tuple[float, float]:
        """Where a segment of the passage stands in the whole sound, in seconds.

        Around a cut is silence, and Whisper's times are not exact there: a segment that starts in
        it belongs to the part behind it, one that ends in it to the part before it.
        """
        rate = self.whole.sampling_rate
        ends = [part / rate for part in accumulate(b - a for a, b in self.parts)]
        last = len(ends) - 1
        first = min(bisect_right(ends, start + PAD_SECONDS), last)
        final = min(max(bisect_left(ends, end - PAD_SECONDS), first), last)

        def moved(seconds: float, index: int) -> float:
            begin, stop = (sample / rate for sample in self.parts[index])
            shifted = min(max(stop - ends[index] + seconds, begin), stop)
            return min(max(shifted, 0.0), self.whole.seconds)

        return moved(start, first), moved(end, final)

    def samples(self) -> "Iterator[Samples]":
        """The samples of its parts."""
        import numpy as np

        given = self.whole.samples
        for start, end in self.parts:
            inside = given[max(start, 0) : end]
            lacking = max(-start, 0), max(end - len(given), 0)
            yield np.pad(inside, lacking) if any(lacking) else inside


def beginning(passages: Sequence[Passage], seconds: float) -> Sound:
    """The first seconds of what is spoken in all passages."""
    [rate] = {passage.whole.sampling_rate for passage in passages}
    return _joined(passages, rate, seconds)


def beginning_times(passages: Sequence[Passage], seconds: float) -> tuple[float, float]:
    """From when to when in the whole sound these seconds last."""
    start, last = passages[0].original_times(0, 0)[0], passages[0]
    for last in passages:
        if seconds <= last.seconds:
            break
        seconds -= last.seconds
    return start, last.original_times(0, min(seconds, last.seconds))[1]


def _joined(passages: Sequence[Passage], rate: int, seconds: float) -> Sound:
    import numpy as np

    left, parts = round(seconds * rate), []
    for samples in (one for passage in passages for one in passage.samples()):
        parts.append(samples[:left])
        left -= len(parts[-1])
        if not left:
            break
    return Sound(np.concatenate(parts), rate)


def spoken_passages(sound: Sound) -> list[Passage]:
    """The speech of a sound; a short one in which none is found comes as it is, but for mere noise.

    Raises:
        Cancelled: the user stopped.
    """
    rate = sound.sampling_rate
    pause, apart, pad = (
        round(seconds * rate) for seconds in (MIN_SILENCE_SECONDS, APART_SECONDS, PAD_SECONDS)
    )
    stretches = _stretches(sound, pause)
    found = (
        [(part[0][0], part[-1][1]) for part in _together(_detected(sound, stretches, one), pause)]
        for one in THRESHOLDS
        if sound.seconds >= WORD_SECONDS
    )
    parts = next(filter(None, found), [])
    if not parts and sound.seconds < SHORT_SECONDS:
        if sound.seconds >= WORD_SECONDS and not any(_detected(sound, stretches, NO_SPEECH)):
            return []
        return [Passage(sound, ((0, len(sound.samples)),))]
    return [
        Passage(sound, tuple((start - pad, end + pad) for start, end in together))
        for together in _together(parts, apart)
    ]


def _stretches(sound: Sound, pause: int) -> list[tuple[int, int]]:
    """All of a sound but its digital silence, from where there is a pause of it.

    The detector steps by 32 ms and remembers what it heard. It begins anew where each stretch
    does, so that it finds the same in it wherever it stands.
    """
    import numpy as np

    step = sound.sampling_rate // FRAMES_PER_SECOND
    whole, tail = np.split(sound.samples, [len(sound.samples) // step * step])
    frames = whole.reshape(-1, step)
    loud = np.flatnonzero(np.maximum(frames.max(1), -frames.min(1)) >= SILENCE).tolist()
    if (np.abs(tail) >= SILENCE).any():
        loud.append(len(frames))
    found = []
    for group in _together(((one, one + 1) for one in loud), pause // step):
        first, last = (group[at][0] * step for at in (0, -1))
        begin, end = (
            np.flatnonzero(np.abs(sound.samples[at : at + step]) >= SILENCE) for at in (first, last)
        )
        found.append((first + int(begin[0]), last + int(end[-1]) + 1))
    return found


def first_spoken_part(sound: Sound) -> tuple[int, int] | None:
    """The first part of a sound that is being recorded, as (start, end) in samples; it ends with
    the sound as long as no pause follows it. None where nobody has spoken yet."""
    detect = _detector(THRESHOLDS[0], LIVE_PAUSE_SECONDS, LIVE_PAD_SECONDS, sound.sampling_rate)
    return next(iter(detect(sound.samples)), None)


def _detected(
    sound: Sound, stretches: Sequence[tuple[int, int]], threshold: float
) -> Iterator[tuple[int, int]]:
    """Start and end of each part; one that goes on over the end of a piece comes in two."""
    detect = _detector(threshold, MIN_SILENCE_SECONDS, 0.0, sound.sampling_rate)
    size = PIECE_SECONDS * sound.sampling_rate
    peak = max(float(sound.samples.max()), -float(sound.samples.min()))
    gain = max(LOUD_ENOUGH / peak, 1.0) if stretches else 1.0
    for first, last in stretches:
        for begin in range(first, last, size):
            stop_if_cancelled()
            piece = sound.samples[begin : min(begin + size, last)]
            piece = piece if gain == 1 else piece * gain
            for start, end in detect(piece):
                yield begin + start, begin + end


def _detector(
    threshold: float, pause: float, pad: float, rate: int
) -> "Callable[[Samples], list[tuple[int, int]]]":
    """What gives the start and end, in samples, of each part in which somebody speaks.

    A pause of so many seconds parts them; each gets so many seconds more on both sides.
    """
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(
        threshold=threshold,
        min_silence_duration_ms=round(pause * 1000),
        speech_pad_ms=round(pad * 1000),
    )

    def detect(samples: "Samples") -> list[tuple[int, int]]:
        parts = get_speech_timestamps(samples, options, rate)
        return [(part["start"], part["end"]) for part in parts]

    return detect


def _together(parts: Iterable[tuple[int, int]], apart: int) -> Iterator[list[tuple[int, int]]]:
    """Parts with less than `apart` samples between one and the next."""
    group: list[tuple[int, int]] = []
    for part in parts:
        if group and part[0] - group[-1][1] >= apart:
            yield group
            group = []
        group.append(part)
    if group:
        yield group
