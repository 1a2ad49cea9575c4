"""The tiny models on transformers itself, for numbers that are compared with transformers' own.

On other engines they are near, not the same: openvino keeps half of the weights' bytes.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from pipelines import Playground
from pipelines.catalogue import Catalogue


@pytest.fixture(scope="session")
def exact(tiny: Playground) -> Iterator[Playground]:
    """The playground of tiny models, with transformers as the engine of each."""
    entries = [replace(one, engine="transformers") for one in tiny.catalogue.entries.values()]
    playground = Playground(tiny.settings, Catalogue(entries))
    playground.store = tiny.store
    yield playground
    playground.cache.close()
