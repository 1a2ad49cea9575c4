"""What CTranslate2 computes in: int8 where that is exact, else float32 if there is room."""

import platform
from pathlib import Path

from pipelines.settings import Settings


def compute_type(float32_bytes: int, settings: Settings) -> str:
    """int8 where it is exact, else float32 if weights of that size leave half the memory budget.

    x86 processors without VNNI add int8 products in 16 bits, which overflow: on an AVX2-only EPYC
    Whisper base heard English in German speech and wrote nonsense, no faster than in float32.
    """
    if float32_bytes > settings.memory_bytes / 2:
        return "int8"
    if platform.machine().lower() not in {"x86_64", "amd64"}:
        return "int8"
    info = Path("/proc/cpuinfo")
    flags = info.read_text().split() if info.exists() else []
    return "int8" if {"avx512_vnni", "avx_vnni"} & set(flags) else "float32"
