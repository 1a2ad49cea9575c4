"""Speech encoded as WAV, FLAC or MP3 while it is synthesized, by PyAV."""

import io
from typing import Any

MEDIA_TYPES = {"wav": "audio/wav", "flac": "audio/flac", "mp3": "audio/mpeg"}
CODECS = {"wav": "pcm_s16le", "flac": "flac", "mp3": "mp3"}
FRAME = 1152  # samples of an MP3 frame; the other formats take any number


class SoundFile:
    """An encoder whose bytes are returned as they are ready, or written to `whole`.

    Returned bytes cannot be changed later, so the header has no length, as usual in streams.
    """

    def __init__(self, name: str, sampling_rate: int, whole: io.BytesIO | None = None) -> None:
        import av

        self._new = bytearray()
        self._file = av.open(self if whole is None else whole, "w", format=name)
        self._stream: Any = self._file.add_stream(CODECS[name], rate=sampling_rate, layout="mono")
        self._rate = sampling_rate

    def add(self, samples: Any) -> bytes:
        """Encode int16 mono samples; returns the bytes that are ready."""
        import av

        for start in range(0, len(samples), FRAME):
            piece = samples[start : start + FRAME].reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(piece, format="s16", layout="mono")
            frame.sample_rate = self._rate
            self._file.mux(self._stream.encode(frame))
        return self._ready()

    def close(self) -> bytes:
        """Finish the file; returns its last bytes."""
        self._file.mux(self._stream.encode(None))
        self._file.close()
        return self._ready()

    def write(self, data: bytes) -> int:
        """Keep what PyAV has encoded; it calls this as it would a file's method."""
        self._new += data
        return len(data)

    def _ready(self) -> bytes:
        ready = bytes(self._new)
        self._new.clear()
        return ready


def encoded(speech: Any, name: str) -> bytes:
    """A whole file, from int16 mono samples."""
    whole = io.BytesIO()
    file = SoundFile(name, speech.sampling_rate, whole)
    file.add(speech.samples)
    file.close()
    return whole.getvalue()
