"""`python -m benchmarks [NAME …]` runs all benchmarks, or the named ones, and writes the report."""

import sys
from importlib import import_module

from benchmarks.report import write

ALL = ("start", "text_generation")

if __name__ == "__main__":
    rows = []
    for name in sys.argv[1:] or ALL:
        print(f"{name} …", flush=True)
        rows += import_module(f"benchmarks.{name}").run()
    print(write(rows))
