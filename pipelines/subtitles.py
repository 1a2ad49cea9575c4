"""Pieces of a transcript as the files that players show under a film."""

from collections.abc import Iterable, Mapping
from typing import Any


def timed_pieces(transcript: Mapping[str, Any]) -> Any:
    """The pieces with their times: `segments` where the chunks are single words."""
    return transcript.get("segments", transcript["chunks"])


def srt(chunks: Iterable[Mapping[str, Any]]) -> str:
    """SubRip's numbered blocks, with commas in their times."""
    blocks = (f"{number}\n{_block(one, ',')}" for number, one in enumerate(chunks, 1))
    return "\n".join(blocks)


def webvtt(chunks: Iterable[Mapping[str, Any]]) -> str:
    """WebVTT's cues, with points in their times; its texts are markup."""
    return "\n".join(["WEBVTT\n", *(_block(one, ".") for one in chunks)])


def _block(chunk: Mapping[str, Any], point: str) -> str:
    start, end = (_time(seconds, point) for seconds in chunk["timestamp"])
    text = " ".join(chunk["text"].split())
    if point == ".":
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"{start} --> {end}\n{text.replace('-->', '→')}\n"


def _time(seconds: float, point: str) -> str:
    minutes, rest = divmod(round(seconds * 1000), 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}{point}{rest % 1000:03}"
