"""Fetches every starter into the cache folder, so that an image answers without a network.

python -m pipelines.fetch_starters
"""

from pipelines import Playground
from pipelines.settings import from_environment


def main() -> None:
    """Fetch what is not there yet, parts of models too."""
    playground = Playground(from_environment())
    for entry in playground.catalogue.entries.values():
        if not entry.starter_for:
            continue
        for one in playground.catalogue.with_parts(entry):
            playground.store.get(one)
            print(one.name, flush=True)


if __name__ == "__main__":
    main()
