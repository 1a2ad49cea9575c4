"""Waiting threads of llama.cpp, CTranslate2 and torch soon sleep, unless the user has set how."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

CODE = """
from pipelines.playground import Playground
from pipelines.settings import Settings
Playground(Settings())
import {library}
"""


def said(library: str, **environment: str) -> str:
    """What OpenMP tells of its settings when the library is imported in a new process."""
    inherited = {name: value for name, value in os.environ.items() if "SPINCOUNT" not in name}
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(library=library)],
        env={**inherited, "OMP_DISPLAY_ENV": "verbose", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr


@pytest.mark.parametrize("library", ["xllamacpp", "ctranslate2", "torch"])
def test_waiting_threads_spin_shortly(library: str) -> None:
    assert "GOMP_SPINCOUNT = '300'" in said(library)


def test_what_the_user_has_set_stays() -> None:
    assert "GOMP_SPINCOUNT = '7'" in said("ctranslate2", GOMP_SPINCOUNT="7")
    assert "GOMP_SPINCOUNT = '0'" in said("ctranslate2", OMP_WAIT_POLICY="passive")
