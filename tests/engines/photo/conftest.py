"""The photo models, loaded once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines import Playground
from pipelines.engines.photo import ENGINE
from pipelines.engines.photo.describer import Describer

EXAMPLES = Path(__file__).parents[3] / "assets" / "examples"
PHOTOGRAPHS = Path(__file__).parents[2] / "photographs"


def photograph(name: str) -> Path:
    """The file of an example or of a photograph for tests."""
    return next(f for f in (EXAMPLES / f"{name}.jpg", PHOTOGRAPHS / f"{name}.jpg") if f.is_file())


@pytest.fixture(scope="session")
def describer(playground: Playground) -> Iterator[Describer]:
    """The starter for photographs."""
    entry = playground.catalogue["photo-describer"]
    folders = [playground.store.get(playground.catalogue[name]) for name in entry.parts]
    model = ENGINE.assemble(folders, playground.settings)
    assert isinstance(model, Describer)
    yield model
    model.close()
