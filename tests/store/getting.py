"""A program that gets the tests' tiny model, for tests of several processes with one cache.

    python -m tests.store.getting CACHE index|hub

Prints what it reports, line by line, and at the end the model's folder.
"""

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

from pipelines.run import Run
from pipelines.settings import Settings
from pipelines.store import Progress, Store
from pipelines.store.hub_cache import companion
from tests.store.conftest import tiny_entry
from tests.store.hub_models import NAME


def tell(progress: Progress) -> None:
    print(json.dumps(asdict(progress)), flush=True)


if __name__ == "__main__":
    cache, source = sys.argv[1:]
    store = Store(Settings(cache=Path(cache), sources=f"cache,{source}"))
    entry = tiny_entry() if source == "index" else replace(companion(NAME, ""), revision=None)
    with Run(tell).active():
        print(json.dumps({"folder": str(store.get(entry))}), flush=True)
