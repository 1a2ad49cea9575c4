"""The program that decodes one sound: the file is its standard input, samples its standard output.

A process of its own, because FFmpeg reads what strangers send: a tag of 1 MB may unpack to
gigabytes, and a text may be a playlist, a concat script or a session description, which open other
files and addresses. FFmpeg goes by a file's content and not by its name. So it gets an open file
without a name, the demuxers and decoders below, no protocol, and an `io_open` that refuses; and the
process may open no file and no socket any more, whatever FFmpeg would try.

`sound_file.py` starts it and reads what it writes: the seconds by the header as a double, then
blocks. A block is BLOCK (sampling rate, channels, planes, numpy's dtype, bytes) and its samples,
plane after plane. Knows nothing of the rest of the program; numpy would double its start's time.
"""

import io
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, BinaryIO

# What phones, browsers, recorders and editors write. None of them is text, a list of other files,
# a picture sequence or a device. A name stands for the demuxer that has it among its names.
DEMUXERS = "wav w64 aiff au caf flac ogg mp3 aac amr mov matroska asf"

# What is found in these containers as sound. No decoder of pictures: FFmpeg would decode a video's
# first frames, or a cover, just to know their size.
DECODERS = """
    pcm_u8 pcm_s8 pcm_s16le pcm_s16be pcm_s24le pcm_s24be pcm_s32le pcm_s32be pcm_f32le pcm_f32be
    pcm_f64le pcm_f64be pcm_alaw pcm_mulaw adpcm_ms adpcm_ima_wav adpcm_ima_qt gsm gsm_ms
    flac alac mp1float mp2float mp3float mp3 mp2 mp1 vorbis opus aac ac3 eac3 amrnb amrwb
    wmav1 wmav2 wmapro wmalossless wmavoice
"""

LOCKS = {
    "format_whitelist": ",".join(DEMUXERS.split()),
    "codec_whitelist": ",".join(DECODERS.split()),
    "protocol_whitelist": "",
}
DTYPES = {"u8": "|u1", "s16": "<i2", "s32": "<i4", "flt": "<f4", "dbl": "<f8"}

SECONDS = struct.Struct("<d")
BLOCK = struct.Struct("<IIi3sI")
BLOCK_BYTES = 1 << 20  # a block a frame would be 28,000 blocks in ten minutes

MEMORY_BYTES = 512 << 20  # address space: 120 MB of libraries, the rest for the file's tables
CPU_SECONDS = 10  # and one more for REAL_TIME seconds of sound, which is many times what it takes
REAL_TIME = 50
UNREADABLE, NO_SOUND = 1, 3  # exit codes


def main(seconds: int) -> int:
    """Decode standard input to standard output and return the exit code.

    `seconds` is how much of the sound is wanted at most; the process gets its time by that.
    """
    import av
    import av.subtitles.stream  # PyAV would import it with the first stream, too late

    lock_up(CPU_SECONDS + seconds // REAL_TIME)
    file = io.FileIO(0, closefd=False)
    file.seek(0)
    try:
        with av.open(
            Unnamed(file),
            options=LOCKS,
            io_open=open_nothing,
            buffer_size=1 << 16,
            metadata_errors="replace",  # titles in Latin-1
        ) as container:
            stream = container.streams.best("audio")
            if stream is None:
                return NO_SOUND
            if stream.codec_context.codec.name not in DECODERS.split():
                return UNREADABLE
            sys.stdout.buffer.write(SECONDS.pack((container.duration or 0) / 1e6))
            for block in blocks(frames(container, stream)):
                sys.stdout.buffer.write(block)
            sys.stdout.buffer.flush()
    except (av.FFmpegError, ValueError, MemoryError):
        return UNREADABLE
    return 0


def lock_up(cpu_seconds: int) -> None:
    """Give up all means but those needed: memory, time, and opening anything."""
    import resource

    with suppress(ValueError):  # macOS takes no limit below what is mapped already
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))  # the three that are open


def frames(container: Any, stream: Any) -> Iterator[Any]:
    """The decoded frames; as players do, without the packets that are damaged."""
    import av

    damaged = heard = False
    try:
        for packet in container.demux(stream):
            try:
                decoded = packet.decode()
            except av.InvalidDataError:
                damaged = True
                continue
            heard = heard or bool(decoded)
            yield from decoded
    except av.FFmpegError:
        damaged = True  # the file ends here
    if damaged and not heard:
        raise ValueError("all packets are damaged")


def blocks(frames: Iterator[Any]) -> Iterator[bytes]:
    """Frames of the same kind joined."""
    kind: tuple[int, int, int, str] | None = None
    planes: list[bytearray] = []
    for frame in frames:
        name, channels = frame.format.name, frame.layout.nb_channels
        count = channels if frame.format.is_planar else 1
        found = (frame.sample_rate, channels, count, DTYPES[name.removesuffix("p")])
        if kind and (found != kind or len(planes[0]) * len(planes) > BLOCK_BYTES):
            yield packed(kind, planes)
            kind = None
        if kind is None:
            kind, planes = found, [bytearray() for _ in range(count)]
        size = frame.samples * frame.format.bytes * channels // count
        for plane, samples in zip(planes, frame.planes, strict=True):
            plane += memoryview(samples)[:size]  # what follows is padding
    if kind:
        yield packed(kind, planes)


def packed(kind: tuple[int, int, int, str], planes: list[bytearray]) -> bytes:
    """A block as it is written."""
    rate, channels, count, dtype = kind
    samples = b"".join(planes)
    return BLOCK.pack(rate, channels, count, dtype.encode(), len(samples)) + samples


class Unnamed:
    """A file without a name: FFmpeg would judge by its ending and look for others beside it."""

    def __init__(self, file: BinaryIO) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell


def open_nothing(*_: object) -> BinaryIO:
    """What a demuxer gets that asks for another file or address."""
    raise PermissionError("a sound is read from its own file only")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
