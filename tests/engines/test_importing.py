"""transformers is imported by whoever needs it first; nobody who comes meanwhile is let down."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow

AT_ONCE = """
import threading
from pathlib import Path
from pipelines.engines import engine
from pipelines.errors import ModelError
from pipelines.labs.families import attention

gate, wrong = threading.Barrier(4), []

def lab():
    gate.wait()
    try:
        attention.config(Path("nowhere"))
    except ModelError:
        pass
    except Exception as error:
        wrong.append(repr(error))

def tab():
    gate.wait()
    try:
        engine("transformers").variant(Path("nowhere"), ())
    except ModelError:
        pass
    except Exception as error:
        wrong.append(repr(error))

threads = [threading.Thread(target=one) for one in (lab, lab, tab, tab)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not wrong, wrong
"""


@pytest.mark.parametrize("attempt", range(3))
def test_a_lab_and_two_tabs_that_need_it_at_once_all_get_it(attempt: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", AT_ONCE], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
