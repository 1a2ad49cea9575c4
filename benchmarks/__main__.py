"""`python -m benchmarks [NAME …]` runs the benchmarks, or the named ones, and writes the report.

Those of the labs run by name only: `lab_training` takes minutes, `lab_clicks` needs a Chromium.
"""

import sys
from importlib import import_module

from benchmarks.report import write

ALL = ("start", "text_generation", "adapters")

if __name__ == "__main__":
    rows = []
    for name in sys.argv[1:] or ALL:
        print(f"{name} …", flush=True)
        rows += import_module(f"benchmarks.{name}").run()
    print(write(rows))
