"""Rows of the report, and BENCHMARKS.md with the machine they were measured on.

BENCHMARKS.md has parts between markers; each is written by one program and kept by the others.
"""

import datetime
import os
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psutil

REPORT = Path(__file__).parents[1] / "BENCHMARKS.md"
LIBRARIES = ("gradio", "torch", "transformers", "xllamacpp", "faster-whisper", "piper-tts")


@dataclass(frozen=True)
class Row:
    """One figure: ours, what it is held against, their ratio and what it should be."""

    name: str
    ours: str
    against: str
    ratio: float
    target: str

    @property
    def reached(self) -> bool:
        """Whether the ratio is on the right side of the target."""
        sign, bound = self.target.split()
        return self.ratio <= float(bound) if sign == "≤" else self.ratio >= float(bound)


def machine() -> str:
    """What it was measured on."""
    memory = psutil.virtual_memory().total / 2**30
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"{processor()}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}, "
        f"Python {platform.python_version()}; {libraries}. {datetime.date.today()}."
    )


def processor() -> str:
    """Its name, and what it has for numbers of low precision."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    named = [line.split(": ")[1] for line in lines if line.startswith("model name")]
    flags = next((line for line in lines if line.startswith("flags")), "")
    special = [name for name in ("avx2", "avx512f", "amx_bf16") if name in flags]
    return f"{named[0] if named else platform.processor()} ({', '.join(special)})"


def put(file: Path, name: str, text: str) -> None:
    """Write a text between the markers of its name, at the end where there are none yet."""
    old = file.read_text("utf-8") if file.exists() else ""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    written = f"{begin}\n{text.strip()}\n{end}"
    if begin in old and end in old:
        before, rest = old.split(begin, 1)
        new = before + written + rest.split(end, 1)[1]
    else:
        new = f"{old.rstrip()}\n\n{written}\n".lstrip()
    file.write_text(new, "utf-8")


def part(file: Path, name: str) -> str:
    """What stands between the markers of this name."""
    return (
        file.read_text("utf-8").split(f"<!-- {name} -->")[1].split(f"<!-- /{name} -->")[0].strip()
    )


def write(name: str, about: str, rows: list[Row]) -> str:
    """Write one benchmark's part of BENCHMARKS.md; returns its text."""
    table = "\n".join(
        f"| {row.name} | {row.ours} | {row.against} | {row.ratio:.2f} | {row.target} | "
        f"{'yes' if row.reached else '**no**'} |"
        for row in rows
    )
    text = (
        f"## {name.replace('_', ' ')}\n\n{about}\n\nMachine: {machine()}\n\n"
        "| what | ours | against | ratio | target | reached |\n|---|---|---|---|---|---|\n"
        f"{table}\n"
    )
    put(REPORT, name, text)
    return text
