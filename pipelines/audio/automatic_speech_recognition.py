"""automatic-speech-recognition: speech → text, with time stamps if wanted, streamed.

run("automatic-speech-recognition", "jfk.wav", return_timestamps=True)
{"text": "And so, my fellow Americans …", "language": "en", "language_probability": 0.98,
 "chunks": [{"text": …, "timestamp": [0.0, 7.6]}]}

With "word" the chunks are words, and the pieces stand in `segments`. A sound that is still being
recorded is written down meanwhile, by a model that can.
"""

from collections.abc import Iterator
from typing import Annotated

from pipelines.capabilities import (
    Segment,
    SpokenLanguage,
    Tentative,
    Transcribe,
    TranscribeLive,
    Word,
)
from pipelines.errors import InputError
from pipelines.inputs import Audio, Choice, Sound, Timestamps
from pipelines.inputs.live_sound import LiveSound
from pipelines.languages import WHISPER, closest
from pipelines.outputs import Chunk, Transcript
from pipelines.run import audio_seconds, note
from pipelines.task import Task


def automatic_speech_recognition(
    model: Transcribe,
    audio: Annotated[Sound, Audio("Speech")],
    *,
    return_timestamps: Annotated[
        bool | str, Timestamps("Say when each piece was spoken, or each word")
    ] = False,
    language: Annotated[
        str | None,
        Choice("Language spoken; empty detects it", WHISPER, optional=True, meant=closest),
    ] = None,
    task: Annotated[
        str, Choice("Write it down, or into English", ("transcribe", "translate"))
    ] = "transcribe",
) -> Iterator[Transcript]:
    """Yield the transcript as it grows."""
    spoken: SpokenLanguage | None = None
    text = ""
    segments: list[Chunk] = []
    words: list[Chunk] = []
    for heard in _heard(model, audio, language, task, return_timestamps):
        if isinstance(heard, SpokenLanguage):
            spoken = heard
            continue
        if isinstance(heard, Tentative):
            yield _transcript(text + heard.text, spoken, segments, words, return_timestamps)
            continue
        text += heard.text
        segments.append(_chunk(heard))
        words += map(_chunk, heard.words)
        yield _transcript(text, spoken, segments, words, return_timestamps)
    if not text.strip():
        note("No speech was heard.")
        spoken = None
    yield _transcript(text, spoken, segments, words, return_timestamps)


def _heard(
    model: Transcribe,
    audio: Sound,
    language: str | None,
    task: str,
    timestamps: bool | str,
) -> Iterator[SpokenLanguage | Segment | Tentative]:
    """What the model hears, and how much sound that was, also where it is stopped."""
    if not isinstance(audio, LiveSound):
        audio_seconds(audio.seconds)
        yield from model.transcribe(audio, language, task, timestamps)
        return
    if not isinstance(model, TranscribeLive):
        raise InputError("This model hears whole recordings only.", "Pick a Whisper model.")
    try:
        yield from model.transcribe_live(audio, language, task)
    finally:
        audio_seconds(audio.seconds)


def _transcript(
    text: str,
    spoken: SpokenLanguage | None,
    segments: list[Chunk],
    words: list[Chunk],
    timestamps: bool | str,
) -> Transcript:
    transcript: Transcript = {"text": text.strip()}
    if spoken:
        transcript["language"] = spoken.code
        if spoken.probability is not None:
            transcript["language_probability"] = round(spoken.probability, 3)
    if timestamps:
        transcript["chunks"] = [*segments]
    if timestamps == "word":
        transcript["segments"] = transcript["chunks"]
        transcript["chunks"] = [*words] or transcript["segments"]
    return transcript


def _chunk(piece: Segment | Word) -> Chunk:
    """A word keeps the space before it, as in transformers: not all languages have any."""
    text = piece.text if isinstance(piece, Word) else piece.text.strip()
    return {"text": text, "timestamp": [round(piece.start, 2), round(piece.end, 2)]}


TASK = Task(
    id="automatic-speech-recognition",
    title="Speech recognition",
    summary="An encoder-decoder model listens and writes down what was said.",
    course="Transformers, what can they do?",
    order=1,
    run=automatic_speech_recognition,
)
