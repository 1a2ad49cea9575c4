"""`python -m benchmarks [NAME …]` runs all benchmarks, or the named ones.

Each writes its own part of BENCHMARKS.md, so one that is run alone leaves the others' figures.
"""

import sys
from importlib import import_module

from benchmarks.report import write

ALL = (
    *("start", "text_generation", "busy", "translation", "single_pass", "side_by_side"),
    *("first_answer", "memory", "adapters", "lab_training", "lab_clicks", "cluster", "tabs"),
)

if __name__ == "__main__":
    for name in sys.argv[1:] or ALL:
        print(f"{name} …", flush=True)
        benchmark = import_module(f"benchmarks.{name}")
        about = str(benchmark.__doc__).splitlines()[0]
        print(write(name, about, benchmark.run()), flush=True)
