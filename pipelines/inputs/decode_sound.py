"""A program that decodes one audio file from standard input to samples on standard output.

It is a sandboxed process of its own, because FFmpeg parses untrusted files: a tag of 1 MB may
decompress to gigabytes, and a text may be a playlist, a concat script or a session description,
which open other files and addresses. FFmpeg detects formats by content, not by name. So it gets an
open file without a name, the demuxers and decoders below, no protocol, and an `io_open` that
refuses; and the process itself can no longer open a file or a socket.

`sound_file.py` starts it and reads its output: the duration in the header as a double, then blocks.
A block is BLOCK (sampling rate, channels, planes, numpy's dtype, bytes) and its samples, plane by
plane. It imports nothing of the program, nor numpy, which would double its start-up time.
"""

import io
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, BinaryIO

# What phones, browsers, recorders and editors write. None of them is text, a list of other files,
# a picture sequence or a device. A name stands for the demuxer that has it among its names.
DEMUXERS = """
    wav w64 aiff au caf flac ogg mp3 aac amr mov matroska asf
    mpegts mpeg flv avi wv tta ac3 eac3
"""

# The audio codecs found in these containers. No decoder of pictures: FFmpeg would decode a video's
# first frames, or a cover, just to learn their size.
DECODERS = """
    pcm_u8 pcm_s8 pcm_s16le pcm_s16be pcm_s24le pcm_s24be pcm_s32le pcm_s32be pcm_f32le pcm_f32be
    pcm_f64le pcm_f64be pcm_alaw pcm_mulaw adpcm_ms adpcm_ima_wav adpcm_ima_qt gsm gsm_ms
    flac alac mp1float mp2float mp3float mp3 mp2 mp1 vorbis opus aac ac3 eac3 amrnb amrwb
    wmav1 wmav2 wmapro wmalossless wmavoice
    wavpack tta aac_latm pcm_dvd pcm_bluray nellymoser adpcm_swf
"""

WHITELISTS = {
    "format_whitelist": ",".join(DEMUXERS.split()),
    "codec_whitelist": ",".join(DECODERS.split()),
    "protocol_whitelist": "",
}
DTYPES = {"u8": "|u1", "s16": "<i2", "s32": "<i4", "flt": "<f4", "dbl": "<f8"}

SECONDS = struct.Struct("<d")
BLOCK = struct.Struct("<IIi3sI")
BLOCK_BYTES = 1 << 20  # one block per frame would make 28,000 blocks of ten minutes

MEMORY_BYTES = 512 << 20  # address space: 120 MB of libraries, the rest for the file's index
# Limit of processor time: these seconds and one more for each REAL_TIME seconds of sound, many
# times what decoding takes.
CPU_SECONDS, REAL_TIME = 10, 50
UNREADABLE, NO_SOUND = 1, 3  # exit codes


def main(seconds: int) -> int:
    """Decode standard input to standard output and return the exit code.

    `seconds`: the longest duration that is wanted, which sets the limit of processor time.
    """
    import av
    import av.subtitles.stream  # PyAV would import it with the first stream, too late

    enter_sandbox(CPU_SECONDS + seconds // REAL_TIME)
    file = io.FileIO(0, closefd=False)
    file.seek(0)
    try:
        with av.open(
            Unnamed(file),
            options=WHITELISTS,
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


def enter_sandbox(cpu_seconds: int) -> None:
    """Limit this process's memory and processor time, and let it open nothing any more."""
    import resource

    with suppress(ValueError):  # macOS takes no limit below what is mapped already
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))  # the three that are open


def frames(container: Any, stream: Any) -> Iterator[Any]:
    """Decode the frames; damaged packets are skipped, as players do."""
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
    """Join consecutive frames of one format into blocks, as they are written."""
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
    """One block: its header and its samples."""
    rate, channels, count, dtype = kind
    samples = b"".join(planes)
    return BLOCK.pack(rate, channels, count, dtype.encode(), len(samples)) + samples


class Unnamed:
    """A file object without a name, by which FFmpeg would guess formats and look for more files."""

    def __init__(self, file: BinaryIO) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell


def open_nothing(*_: object) -> BinaryIO:
    """Refuse a demuxer that asks for another file or address."""
    raise PermissionError("audio is read from its own file only")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
