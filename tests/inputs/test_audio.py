"""Whatever sound a person gives becomes mono float32 at 16 kHz, or a sentence says why not."""

import base64
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile

from pipelines.errors import InputError
from pipelines.inputs import Audio, Sound
from pipelines.run import Run
from pipelines.settings import Settings

CASES = Path(__file__).parent / "cases"


def tone(seconds: float, rate: int, hertz: float = 440) -> np.ndarray:
    times = np.arange(int(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


def written(path: Path, samples: np.ndarray, rate: int, **options: Any) -> Path:
    soundfile.write(path, samples, rate, **options)
    return path


def container(
    path: Path, codec: str, rate: int = 48_000, seconds: float = 1, **options: str
) -> Path:
    """A file that soundfile cannot read, made as a browser or a phone makes it."""
    with av.open(str(path), "w", container_options=options) as file:
        stream = file.add_stream(codec, rate=rate)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(tone(seconds, rate)[None], format="fltp", layout="mono")
        frame.sample_rate = rate
        resampler = av.AudioResampler(
            format=stream.format.name, layout="mono", rate=rate, frame_size=stream.frame_size or 960
        )
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            file.mux(stream.encode(piece))
        file.mux(stream.encode(None))
    return path


def loudest_hertz(sound: Sound) -> float:
    spectrum = np.abs(np.fft.rfft(sound.samples))
    return float(spectrum.argmax() / sound.seconds)


@pytest.mark.parametrize("value", [None, "", {}, {"path": None}], ids=repr)
def test_no_sound_is_said(value: Any, settings: Settings) -> None:
    with pytest.raises(InputError, match="There is no sound"):
        Audio().read(value, settings)


def test_an_empty_file_is_said(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()
    with pytest.raises(InputError, match="The sound's file is empty"):
        Audio().read(tmp_path / "a.wav", settings)


@pytest.mark.parametrize("ending", ["wav", "mp3", "m4a", "raw", "txt", "webm", "ogg"])
@pytest.mark.parametrize("content", [b"hello " * 200, bytes(2000), b"\x89PNG\r\n\x1a\n" * 50])
def test_what_is_no_sound_is_said(
    ending: str, content: bytes, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / f"a.{ending}"
    path.write_bytes(content)
    with pytest.raises(InputError):
        Audio().read(path, settings)


@pytest.mark.parametrize("ending", ["wav", "flac", "mp3", "ogg"])
def test_a_file_cut_in_its_header_is_said(ending: str, settings: Settings, tmp_path: Path) -> None:
    path = written(tmp_path / f"a.{ending}", tone(1, 16_000), 16_000)
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(InputError):
        Audio().read(path, settings)


@pytest.mark.parametrize("ending", ["wav", "flac", "mp3", "ogg"])
def test_a_file_cut_in_the_middle_is_heard_so_far_or_said(
    ending: str, settings: Settings, tmp_path: Path
) -> None:
    path = written(tmp_path / f"a.{ending}", tone(4, 16_000), 16_000)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with suppress(InputError):
        assert Audio().read(path, settings).seconds < 4.1


@pytest.mark.parametrize("seconds", [0.01, 0.09])
def test_a_sound_shorter_than_a_tenth_of_a_second_is_said(
    seconds: float, settings: Settings, tmp_path: Path
) -> None:
    path = written(tmp_path / "a.wav", tone(seconds, 16_000), 16_000)
    with pytest.raises(InputError, match="too short"):
        Audio().read(path, settings)


def test_a_wav_with_a_header_and_no_samples_is_said(settings: Settings, tmp_path: Path) -> None:
    path = written(tmp_path / "a.wav", np.zeros(0, np.float32), 16_000)
    with pytest.raises(InputError, match="too short"):
        Audio().read(path, settings)


def test_silence_is_said(settings: Settings, tmp_path: Path) -> None:
    path = written(tmp_path / "a.wav", np.zeros(16_000, np.float32), 16_000)
    with pytest.raises(InputError, match="silent"):
        Audio().read(path, settings)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_every_rate_and_channel_count_becomes_mono_16_khz(
    rate: int, channels: int, settings: Settings, tmp_path: Path
) -> None:
    samples = np.repeat(tone(1, rate)[:, None], channels, axis=1)
    sound = Audio().read(written(tmp_path / "a.wav", samples, rate), settings)
    assert (sound.samples.dtype, sound.samples.ndim) == (np.float32, 1)
    assert sound.seconds == pytest.approx(1, abs=0.01)
    assert loudest_hertz(sound) == pytest.approx(440, abs=2)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "ULAW"])
def test_every_depth_keeps_its_loudness(subtype: str, settings: Settings, tmp_path: Path) -> None:
    path = written(tmp_path / "a.wav", tone(1, 16_000), 16_000, subtype=subtype)
    assert abs(Audio().read(path, settings).samples).max() == pytest.approx(0.5, abs=0.02)


def test_an_hour_is_cut_at_the_limit_and_said_so(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "hour.wav"
    minute = tone(60, 8_000)
    with soundfile.SoundFile(path, "w", 8_000, 1, "PCM_U8") as file:
        for _ in range(60):
            file.write(minute)
    with Run().active() as run:
        sound = Audio().read(path, replace(settings, max_audio_seconds=30))
    assert sound.seconds == pytest.approx(30, abs=0.1)
    assert run.notes == ["Only the first 30 of 3,600 seconds count (PLAYGROUND_MAX_AUDIO_SECONDS)."]


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.m4a", "aac"), ("a.webm", "libopus"), ("a.mp4", "aac"), ("a.mka", "libopus")],
)
def test_what_phones_and_browsers_record_works(
    name: str, codec: str, settings: Settings, tmp_path: Path
) -> None:
    sound = Audio().read(container(tmp_path / name, codec), settings)
    assert sound.seconds == pytest.approx(1, abs=0.1)
    assert loudest_hertz(sound) == pytest.approx(440, abs=5)


def test_a_long_recording_of_a_phone_is_cut_and_said_so(settings: Settings, tmp_path: Path) -> None:
    path = container(tmp_path / "a.m4a", "aac", seconds=5)
    with Run().active() as run:
        sound = Audio().read(path, replace(settings, max_audio_seconds=2))
    assert sound.seconds == pytest.approx(2, abs=0.1)
    assert run.notes == ["Only the first 2 of 5 seconds count (PLAYGROUND_MAX_AUDIO_SECONDS)."]


def test_a_recording_of_16_bit_samples_works(settings: Settings) -> None:
    samples = (tone(1, 48_000) * 32_767).astype(np.int16)
    sound = Audio().read((48_000, samples), settings)
    assert abs(sound.samples).max() == pytest.approx(0.5, abs=0.02)


def test_samples_that_are_no_numbers_do_no_harm(settings: Settings) -> None:
    samples = tone(1, 16_000)
    samples[::7] = np.nan
    assert np.isfinite(Audio().read((16_000, samples), settings).samples).all()


def test_floats_in_the_scale_of_integers_keep_their_form(
    settings: Settings, tmp_path: Path
) -> None:
    integers = tone(1, 16_000) * 20_000
    path = written(tmp_path / "a.wav", integers, 16_000, subtype="FLOAT")
    for given in (path, (16_000, integers.astype(np.float64))):
        samples = Audio().read(given, settings).samples
        assert abs(samples).max() == pytest.approx(1, abs=0.01)
        assert np.corrcoef(samples, integers)[0, 1] > 0.999


def test_a_few_samples_far_over_full_scale_silence_no_others(settings: Settings) -> None:
    samples = tone(1, 16_000)
    samples[[100, 9_000]] = 1e30, -np.inf
    read = Audio().read((16_000, samples), settings).samples
    assert abs(read).max() == 1
    assert abs(read[2_000:8_000]).max() == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("key", ["array", "raw"])
def test_a_sound_of_a_data_set_is_a_sound(key: str, settings: Settings) -> None:
    given = {"path": "a.wav", key: tone(1, 8_000).tolist(), "sampling_rate": 8_000}
    assert loudest_hertz(Audio().read(given, settings)) == pytest.approx(440, abs=2)


def test_samples_come_as_programs_have_them(settings: Settings) -> None:
    integers = (tone(1, 16_000) * 32_767).astype(int)
    for samples in (integers.tolist(), integers, np.stack([integers, integers])):
        read = Audio().read((16_000, samples), settings)
        assert read.seconds == 1
        assert abs(read.samples).max() == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(
    "given",
    [(16_000,), (None, [0.5]), (float("nan"), [0.5]), (16_000, "abc"), (16_000, [[1], [2, 3]]),
     (16_000, None), (16_000, [None]), (16_000, np.zeros((2, 2, 2))), (10**400, [0.5])],
    ids=lambda given: str(given)[:20],
)  # fmt: skip
def test_what_are_no_samples_is_said(given: Any, settings: Settings) -> None:
    with pytest.raises(InputError, match="These are no samples"):
        Audio().read(given, settings)


def test_an_upload_is_a_sound(settings: Settings, tmp_path: Path) -> None:
    path = written(tmp_path / "a.wav", tone(1, 16_000), 16_000)
    assert Audio().read({"path": str(path), "orig_name": "a.wav"}, settings).seconds == 1


@pytest.mark.parametrize("name", ["recording.webm", "recording.3gp", "header-says-zero.wav"])
def test_what_recorders_leave_is_heard(name: str, settings: Settings) -> None:
    sound = Audio().read(CASES / name, settings)
    assert sound.seconds == pytest.approx(2.1, abs=0.1)
    assert abs(sound.samples).max() > 0.9


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [
        ("film.ts", "aac", 48_000),
        ("film.ts", "ac3", 48_000),
        ("film.ts", "mp2", 48_000),
        ("film.m2ts", "pcm_bluray", 48_000),
        ("film.mpg", "mp2", 44_100),
        ("film.vob", "pcm_dvd", 48_000),
        ("film.flv", "mp3", 44_100),
        ("film.flv", "aac", 44_100),
        ("film.flv", "nellymoser", 22_050),
        ("film.flv", "adpcm_swf", 22_050),
        ("film.avi", "mp3", 48_000),
        ("film.avi", "ac3", 48_000),
        ("film.avi", "pcm_s16le", 48_000),
        ("sound.wv", "wavpack", 48_000),
        ("sound.tta", "tta", 48_000),
        ("sound.ac3", "ac3", 48_000),
        ("sound.eac3", "eac3", 48_000),
    ],
)
def test_sound_of_films_and_of_lossless_recordings_is_heard(
    name: str, codec: str, rate: int, settings: Settings, tmp_path: Path
) -> None:
    content = container(tmp_path / name, codec, rate, 2).read_bytes()
    sound = Audio().read(content, settings)  # goes by its content alone
    assert sound.seconds == pytest.approx(2, abs=0.1)
    assert loudest_hertz(sound) == pytest.approx(440, abs=2)


def test_sound_as_television_packs_it_is_heard(settings: Settings, tmp_path: Path) -> None:
    film = container(tmp_path / "film.ts", "aac", seconds=2, mpegts_flags="latm")
    assert loudest_hertz(Audio().read(film, settings)) == pytest.approx(440, abs=2)


@pytest.mark.parametrize("ending", ["ts", "mpg", "avi"])
def test_of_a_film_with_pictures_the_sound_is_heard(
    ending: str, settings: Settings, tmp_path: Path
) -> None:
    with av.open(str(tmp_path / f"film.{ending}"), "w") as file:
        pictures = file.add_stream("mpeg2video", rate=25)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
        heard = file.add_stream("mp2", rate=48_000)
        heard.layout = "mono"
        samples = (tone(2, 48_000) * 32_767).astype(np.int16)
        for at in range(50):
            black = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8))
            black.pts = at
            file.mux(pictures.encode(black))
            piece = av.AudioFrame.from_ndarray(
                samples[None, at * 1920 : (at + 1) * 1920], format="s16", layout="mono"
            )
            piece.sample_rate, piece.pts = 48_000, at * 1920
            file.mux(heard.encode(piece))
        file.mux(pictures.encode(None))
        file.mux(heard.encode(None))
    sound = Audio().read(tmp_path / f"film.{ending}", settings)
    assert sound.seconds == pytest.approx(2, abs=0.1)
    assert loudest_hertz(sound) == pytest.approx(440, abs=2)


@pytest.mark.parametrize("ending", [".caf", ".aiff", ".au", ".w64", ".mp4", ""])
def test_a_sound_goes_by_its_content(ending: str, settings: Settings, tmp_path: Path) -> None:
    kind = ending[1:].upper() if ending not in {"", ".mp4"} else "WAV"
    path = tmp_path / f"sound{ending}"
    with path.open("wb") as file:
        soundfile.write(file, tone(1, 44_100), 44_100, format=kind)
    assert loudest_hertz(Audio().read(path, settings)) == pytest.approx(440, abs=2)


def test_sides_that_cancel_each_other_are_heard(settings: Settings) -> None:
    sound = Audio().read(CASES / "opposite-phase.flac", settings)
    assert abs(sound.samples).max() > 0.9


@pytest.mark.parametrize(("right", "loudest"), [(1, 0.5), (0, 0.25), (-0.9, 0.5), (0.5, 0.375)])
def test_sides_that_do_not_cancel_are_mixed(
    right: float, loudest: float, settings: Settings
) -> None:
    left = tone(1, 16_000)
    sound = Audio().read((16_000, np.stack([left, left * right], axis=1)), settings)
    assert abs(sound.samples).max() == pytest.approx(loudest, abs=0.01)


def test_bytes_and_data_urls_are_sounds(settings: Settings, tmp_path: Path) -> None:
    content = written(tmp_path / "a.wav", tone(1, 16_000), 16_000).read_bytes()
    lines = base64.encodebytes(content).decode()
    url = "data:audio/wav;base64," + lines.replace("\n", "")
    for value in (content, url, {"url": url}, {"path": url}, "data:audio/wav;base64," + lines):
        assert loudest_hertz(Audio().read(value, settings)) == pytest.approx(440, abs=2)


def test_base64_is_read_however_a_client_writes_it(settings: Settings, tmp_path: Path) -> None:
    noise = np.random.default_rng(3).uniform(-0.5, 0.5, 4_000)
    content = written(tmp_path / "a.wav", noise, 16_000).read_bytes() + b"\xfb\xff\xbf"
    letters = base64.b64encode(content).decode()
    assert {"+", "/"} <= {*letters}
    for way in (
        letters.translate(str.maketrans("+/", "-_")),
        letters.rstrip("="),
        letters.replace("+", " "),
        "\n  ".join(letters[at : at + 76] for at in range(0, len(letters), 76)),
        letters.replace("+", "%2B").replace("=", "%3D"),
    ):
        url = f"  DATA:audio/wav;codecs=1; base64,{way}\n"
        assert Audio().read(url, settings).seconds == pytest.approx(0.25, abs=0.01)


def test_a_broken_data_url_is_said(settings: Settings) -> None:
    with pytest.raises(InputError, match="data URL is broken"):
        Audio().read({"url": "data:audio/wav;base64,!!!"}, settings)


def test_a_title_in_another_encoding_does_no_harm(settings: Settings, tmp_path: Path) -> None:
    content = written(tmp_path / "a.mp3", tone(1, 16_000), 16_000).read_bytes()
    title = b"TIT2" + bytes([0, 0, 0, 5, 0, 0, 3]) + b"caf\xe9"
    tag = b"ID3\x03\0\0" + bytes([0, 0, 0, len(title)]) + title
    assert loudest_hertz(Audio().read(tag + content, settings)) == pytest.approx(440, abs=2)


def test_a_damaged_middle_is_left_out(settings: Settings, tmp_path: Path) -> None:
    content = bytearray(written(tmp_path / "a.mp3", tone(4, 16_000), 16_000).read_bytes())
    content[len(content) // 2 : len(content) // 2 + 500] = bytes(500)
    sound = Audio().read(bytes(content), settings)
    assert sound.seconds > 3
    assert loudest_hertz(sound) == pytest.approx(440, abs=2)


def test_the_loudest_part_has_the_word_in_its_middle() -> None:
    samples = np.random.default_rng(0).standard_normal(8 * 16_000).astype(np.float32) * 1e-3
    samples[int(5.3 * 16_000) : int(5.7 * 16_000)] += tone(0.4, 16_000)
    start, part = Sound(samples).loudest(1)
    assert part.seconds == 1
    assert start == pytest.approx(5.0, abs=0.02)


@pytest.mark.parametrize("seconds", [0.4, 1.0])
def test_a_sound_no_longer_than_the_window_is_left_as_it_is(seconds: float) -> None:
    sound = Sound(tone(seconds, 16_000))
    assert sound.loudest(1) == (0.0, sound)


@pytest.mark.parametrize("at", [0.0, 7.6])
def test_a_word_at_an_end_is_within_the_loudest_part(at: float) -> None:
    samples = np.zeros(8 * 16_000, np.float32)
    word = slice(int(at * 16_000), int(at * 16_000) + 6_400)
    samples[word] = tone(0.4, 16_000)
    start, part = Sound(samples).loudest(1)
    assert start <= at + 0.01
    assert start + part.seconds >= at + 0.39
