"""A sound is read from its own file and nothing else, within bounds, whatever strangers send."""

import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from pipelines.errors import Cancelled, InputError
from pipelines.inputs import Audio, Sound, decode_sound
from pipelines.run import Run
from pipelines.settings import Settings
from tests.inputs.test_audio import container, loudest_hertz, tone
from tests.peak import peak, peak_from_now

# Each test decodes in a process of its own.
pytestmark = pytest.mark.slow

UNREADABLE = "This file is not a sound that can be read"
MEGABYTE = 1 << 20


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A sound of 1 kHz that only its owner may hear."""
    path = tmp_path / "secret.mp3"
    soundfile.write(path, tone(2, 16_000, 1_000), 16_000)
    return path


M3U8 = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{}\n#EXT-X-ENDLIST\n"
SDP = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=a\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio {} RTP/AVP 0\n"
MPD = """<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"
mediaPresentationDuration="PT2S"><Period><AdaptationSet mimeType="audio/mpeg"><Representation
id="1" bandwidth="9"><BaseURL>{}</BaseURL></Representation></AdaptationSet></Period></MPD>"""
LISTS = {
    "m3u8": M3U8,
    "m3u8 with an encryption key": M3U8.replace(
        "#EXTINF", '#EXT-X-KEY:METHOD=NONE,URI="{}"\n#EXTINF'
    ),
    "m3u8 with a map": M3U8.replace("#EXTINF", '#EXT-X-MAP:URI="{}"\n#EXTINF'),
    "m3u8 of m3u8": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{}\n",
    "m3u8 after ID3": "ID3\x03\0\0\0\0\0\0" + M3U8,
    "concat": "ffconcat version 1.0\nfile '{}'\n",
    "dash": MPD,
    "asx": '<asx version="3.0"><entry><ref href="{}"/></entry></asx>',
    "pls": "[playlist]\nFile1={}\nNumberOfEntries=1\n",
    "wms reference": "[Reference]\nRef1={}\n",
    "cue": 'FILE "{}" MP3\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n',
    "vobsub": "# VobSub index file, v7\nid: en, index: 0\n# {}\n",
    "lavfi": "amovie={}",
    "rtsp text": "RTSPtextRTSP://{}",
    "metadata": ";FFMETADATA1\ntitle={}\n",
}


@pytest.mark.parametrize("kind", LISTS)
def test_a_text_that_names_other_sounds_is_refused(
    kind: str, secret: Path, settings: Settings
) -> None:
    for name in (f"file://{secret}", str(secret), secret.name):
        path = secret.with_name("list.m3u8" if name == secret.name else "list.wav")
        path.write_text(LISTS[kind].replace("{}", name))
        with pytest.raises(InputError, match=UNREADABLE):
            Audio().read(path, settings)


@pytest.mark.parametrize("kind", ["m3u8", "concat", "dash", "sdp"])
def test_no_address_is_asked(kind: str, settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        text = {"sdp": SDP.format(port)}.get(kind) or LISTS[kind].replace(
            "{}", f"http://127.0.0.1:{port}/a.mp3"
        )
        with pytest.raises(InputError, match=UNREADABLE):
            Audio().read(text.encode(), settings)
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize(
    "name",
    [
        "file:{}",
        "file://{}",
        "concat:{}|{}",
        "subfile,,start,0,end,9999,,:{}",
        "async:{}",
        "cache:{}",
        "crypto:{}",
        "concatf:{}",
        "pipe:0",
        "fd:",
        "lavfi:sine",
        "{}\0.wav",
        "/dev/zero",
        "/dev/stdin",
    ],
)
def test_a_name_is_a_path_and_nothing_else(name: str, secret: Path, settings: Settings) -> None:
    with pytest.raises(InputError, match=UNREADABLE):
        Audio().read(name.format(secret, secret), settings)


def test_an_address_of_this_machine_is_not_fetched(settings: Settings) -> None:
    with pytest.raises(InputError, match="no public web server"):
        Audio().read("https://127.0.0.1/a.mp3", settings)


def test_a_pattern_is_no_sequence_of_files(secret: Path, settings: Settings) -> None:
    secret.rename(secret.with_name("1.mp3"))
    for name in ("%d.mp3", "*.mp3", "?.mp3"):
        with pytest.raises(InputError, match=UNREADABLE):
            Audio().read(secret.with_name(name), settings)


def test_a_missing_file_is_said_as_one_that_is_no_sound(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    os.mkfifo(tmp_path / "pipe")
    said = set()
    for path in (tmp_path / "missing.wav", tmp_path / "secret.txt", tmp_path / "pipe", tmp_path):
        with pytest.raises(InputError, match=UNREADABLE) as caught:
            Audio().read(path, settings)
        said.add(str(caught.value))
    assert len(said) == 1


def grown(content: bytes, at: int, old: int, new: bytes, parents: tuple[bytes, ...]) -> bytes:
    """An MP4 with a box put in the place of another, and its parents' sizes mended."""
    mended = bytearray(content)
    for name in parents:
        start = content.index(name) - 4
        size = struct.unpack_from(">I", content, start)[0] + len(new) - old
        struct.pack_into(">I", mended, start, size)
    return bytes(mended[:at]) + new + bytes(mended[at + old :])


@pytest.mark.parametrize("kind", [b"alis", b"url "])
def test_a_movie_with_its_sound_in_another_file_does_not_open_it(
    kind: bytes, secret: Path, settings: Settings
) -> None:
    content = container(secret.with_name("movie.mov"), "aac").read_bytes()
    if kind == b"url ":
        body = f"file://{secret}".encode() + b"\0"
    else:
        path = str(secret).encode() + b"\0" * (len(str(secret)) % 2)
        name = bytes([len(secret.name)]) + secret.name.encode().ljust(63, b"\0")
        volume = bytes([1]) + b"/".ljust(27, b"\0")
        body = bytes(10) + volume + bytes(12) + name + bytes(16) + b"\0\1\0\1" + bytes(16)
        body += struct.pack(">HH", 2, len(path)) + path + b"\xff\xff\0\0"
    entry = struct.pack(">I4sI", 12 + len(body), kind, 0) + body
    at = content.index(b"dref") + 12
    size = struct.unpack_from(">I", content, at)[0]
    movie = grown(content, at, size, entry, (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"))
    try:
        sound = Audio().read(movie, settings)
    except InputError:
        return
    assert loudest_hertz(sound) == pytest.approx(440, abs=5)


def test_a_movie_that_refers_to_another_is_refused(secret: Path, settings: Settings) -> None:
    url = f"file://{secret}".encode() + b"\0"
    rdrf = struct.pack(">I4sI4sI", 20 + len(url), b"rdrf", 0, b"url ", len(url)) + url
    rmda = struct.pack(">I4s", 8 + len(rdrf), b"rmda") + rdrf
    rmra = struct.pack(">I4s", 8 + len(rmda), b"rmra") + rmda
    moov = struct.pack(">I4s", 8 + len(rmra), b"moov") + rmra
    with pytest.raises(InputError):
        Audio().read(struct.pack(">I4s4sI", 16, b"ftyp", b"qt  ", 0) + moov, settings)


@pytest.mark.parametrize(
    "content",
    [b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk" + bytes(400), b"PK\x03\x04" + bytes(900)],
    ids=["midi", "zip"],
)
def test_what_holds_no_samples_is_refused(content: bytes, settings: Settings) -> None:
    with pytest.raises(InputError, match=UNREADABLE):
        Audio().read(content, settings)


def test_no_format_that_opens_files_is_allowed() -> None:
    assert not {*decode_sound.DEMUXERS.split()} & set(
        "hls applehttp concat dash sdp rtsp sap lavfi image2 imf vobsub webm_dash_manifest".split()
    )


@pytest.mark.parametrize(
    "attempt", ["open('/etc/passwd')", "socket.socket()", "os.pipe()", "subprocess.Popen('true')"]
)
def test_the_decoder_can_open_nothing_any_more(attempt: str) -> None:
    script = (
        f"import os, socket, subprocess, decode_sound; decode_sound.enter_sandbox(9); {attempt}"
    )
    folder = Path(decode_sound.__file__).parent
    done = subprocess.run(
        [sys.executable, "-P", "-c", f"import sys; sys.path.append({str(folder)!r}); {script}"],
        capture_output=True,
        text=True,
    )
    assert "Too many open files" in done.stderr


def test_the_decoder_gets_its_time_and_no_more() -> None:
    script = "import decode_sound; decode_sound.enter_sandbox(1)\nwhile True: pass"
    folder = Path(decode_sound.__file__).parent
    done = subprocess.run(
        [sys.executable, "-P", "-c", f"import sys; sys.path.append({str(folder)!r}); {script}"]
    )
    assert done.returncode in {-signal.SIGXCPU, -signal.SIGKILL}


def test_the_decoder_knows_no_token(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, str] = {}
    start = subprocess.Popen

    def spied(*arguments: Any, **options: Any) -> "subprocess.Popen[Any]":
        given.update(options["env"])
        return start(*arguments, **options)

    monkeypatch.setenv("HF_TOKEN", "secret")
    monkeypatch.setattr(subprocess, "Popen", spied)
    with pytest.raises(InputError):
        Audio().read(b"no sound", settings)
    assert given
    assert "secret" not in given.values()


def wav(
    rate: int = 16_000, channels: int = 1, seconds: float = 1, claimed: int | None = None
) -> bytes:
    """A WAV whose header claims what it likes."""
    samples = (tone(seconds, 16_000) * 32_767).astype("<i2").tobytes()
    size = len(samples) if claimed is None else claimed
    frame = channels * 2
    form = struct.pack("<HHIIHH", 1, channels, rate, min(rate * frame, 2**32 - 1), frame, 16)
    head = b"fmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", size)
    return b"RIFF" + struct.pack("<I", min(36 + size, 2**32 - 1)) + b"WAVE" + head + samples


@pytest.mark.parametrize("rate", [1, 999, 768_001, 384_000_000])
def test_an_absurd_rate_is_refused(rate: int, settings: Settings) -> None:
    with pytest.raises(InputError, match="samples a second is not read here"):
        Audio().read(wav(rate), settings)
    with pytest.raises(InputError, match="samples a second is not read here"):
        Audio().read((rate, tone(1, 16_000)), settings)


@pytest.mark.parametrize("claimed", [0, 2**31, 2**32 - 1])
def test_a_length_that_is_not_there_is_not_believed(claimed: int, settings: Settings) -> None:
    with Run().active() as run:
        assert Audio().read(wav(claimed=claimed), settings).seconds == 1
    assert run.notes == []


@pytest.mark.parametrize("channels", [10, 500, 1_000, 32_767])
def test_any_number_of_channels_is_read_or_refused_within_little_memory(
    channels: int, settings: Settings
) -> None:
    before = peak_from_now()
    try:
        assert Audio().read(wav(channels=channels, seconds=100), settings).seconds > 0.1
    except InputError:
        assert channels > 10
    assert peak() - before < 100_000  # kilobytes


def test_a_flac_of_hours_is_decoded_up_to_the_limit_only(
    settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "hours.flac"
    minute = np.full((60 * 96_000, 2), 0.25, np.float32)
    with soundfile.SoundFile(path, "w", 96_000, 2) as file:
        for _ in range(20):
            file.write(minute)
    assert path.stat().st_size < MEGABYTE
    before = peak_from_now()
    assert Audio().read(path, replace(settings, max_audio_seconds=5)).seconds == 5
    assert peak() - before < 50_000  # kilobytes


def deflated(size: int, head: bytes) -> bytes:
    packer = zlib.compressobj(9)
    content = packer.compress(head)
    for _ in range(size // MEGABYTE):
        content += packer.compress(bytes(MEGABYTE))
    return content + packer.flush()


def test_a_packed_header_larger_than_the_decoders_memory_is_refused(settings: Settings) -> None:
    """0.5 MB as a file, 500 MB as QuickTime's compressed header."""
    size = 500 * MEGABYTE
    packed = deflated(size, struct.pack(">I4s", size, b"moov"))
    body = struct.pack(">I4s4s", 12, b"dcom", b"zlib")
    body += struct.pack(">I4sI", 12 + len(packed), b"cmvd", size + 8) + packed
    cmov = struct.pack(">I4s", 8 + len(body), b"cmov") + body
    moov = struct.pack(">I4s", 8 + len(cmov), b"moov") + cmov
    with pytest.raises(InputError, match=UNREADABLE):
        Audio().read(struct.pack(">I4s4sI", 16, b"ftyp", b"qt  ", 0) + moov, settings)


def syncsafe(size: int) -> bytes:
    return bytes(size >> shift & 127 for shift in (21, 14, 7, 0))


def test_packed_tags_take_no_memory_here(secret: Path, settings: Settings) -> None:
    """0.4 MB as a file, 400 MB as ID3 tags."""
    data = deflated(400 * MEGABYTE, b"owner\0")
    frame = b"PRIV" + syncsafe(len(data) + 4) + b"\0\x09" + struct.pack(">I", 400 * MEGABYTE + 6)
    tag = b"ID3\x04\0\0" + syncsafe(len(frame) + len(data)) + frame + data
    before = peak_from_now()
    sound = Audio().read(tag + secret.read_bytes(), settings)
    assert loudest_hertz(sound) == pytest.approx(1_000, abs=2)
    assert peak() - before < 50_000  # kilobytes


def test_stop_ends_the_decoder(
    secret: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, started = threading.Event(), list["subprocess.Popen[Any]"]()
    start = subprocess.Popen

    def stopped(*arguments: Any, **options: Any) -> "subprocess.Popen[Any]":
        started.append(start(*arguments, **options))
        stop.set()
        return started[0]

    monkeypatch.setattr(subprocess, "Popen", stopped)
    with Run(cancel=stop).active(), pytest.raises(Cancelled):
        Audio().read(secret, settings)
    assert [one.poll() for one in started] == [-signal.SIGKILL]


def test_two_sounds_at_once_do_not_mix(secret: Path, settings: Settings) -> None:
    found: dict[int, Sound] = {}

    def read(hertz: int) -> None:
        path = secret.with_name(f"{hertz}.wav")
        soundfile.write(path, tone(3, 16_000, hertz), 16_000)
        found[hertz] = Audio().read(path, settings)

    threads = [threading.Thread(target=read, args=(hertz,)) for hertz in (300, 600, 900)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for hertz, sound in found.items():
        assert loudest_hertz(sound) == pytest.approx(hertz, abs=2)
    assert len(found) == 3
