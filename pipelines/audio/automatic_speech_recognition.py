"""automatic-speech-recognition: speech → text, with time stamps if wanted, streamed.

run("automatic-speech-recognition", "jfk.wav", return_timestamps=True)
{"text": "And so, my fellow Americans …", "chunks": [{"text": …, "timestamp": [0.0, 7.6]}]}
"""

from collections.abc import Iterator
from typing import Annotated

from pipelines.capabilities import Transcribe
from pipelines.inputs import Audio, Choice, Flag, Sound
from pipelines.languages import WHISPER
from pipelines.outputs import Chunk, Transcript
from pipelines.run import audio_seconds, note
from pipelines.task import Task


def automatic_speech_recognition(
    model: Transcribe,
    audio: Annotated[Sound, Audio("Speech")],
    *,
    return_timestamps: Annotated[bool, Flag("Say when each piece was spoken")] = False,
    language: Annotated[
        str | None, Choice("Language spoken; empty detects it", WHISPER, optional=True)
    ] = None,
    task: Annotated[
        str, Choice("Write it down, or into English", ("transcribe", "translate"))
    ] = "transcribe",
) -> Iterator[Transcript]:
    """Yield the transcript as it grows."""
    audio_seconds(audio.seconds)
    segments = model.transcribe(audio, language, task, return_timestamps)
    text = ""
    chunks: list[Chunk] = []
    for start, end, piece in segments:
        text += piece
        chunk: Chunk = {"text": piece.strip(), "timestamp": [round(start, 2), round(end, 2)]}
        chunks.append(chunk)
        yield _transcript(text, chunks if return_timestamps else None)
    if not text.strip():
        note("No speech was heard.")
    yield _transcript(text, chunks if return_timestamps else None)


def _transcript(text: str, chunks: list[Chunk] | None) -> Transcript:
    text = text.strip()
    return {"text": text} if chunks is None else {"text": text, "chunks": list(chunks)}


TASK = Task(
    id="automatic-speech-recognition",
    title="Speech recognition",
    summary="An encoder-decoder model listens and writes down what was said.",
    course="Transformers, what can they do?",
    order=1,
    run=automatic_speech_recognition,
)
