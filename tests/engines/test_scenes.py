"""The scene world's models look at a picture once, and say when it is of another world."""

from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from pipelines.engines.scenes import UNFAMILIAR, SceneCaptioner
from pipelines.run import Run


class Backbone:
    """Sees what it is told to see, and counts how often."""

    def __init__(self, familiar: bool) -> None:
        self.seen = SimpleNamespace(familiar=familiar)
        self.looks = 0

    def look(self, image: Any) -> Any:
        self.looks += 1
        return self.seen


@pytest.mark.parametrize("familiar", [True, False])
def test_a_picture_of_another_world_is_said_to_be_one(familiar: bool) -> None:
    backbone = Backbone(familiar)
    model: Any = SimpleNamespace(backbone=backbone, caption=lambda seen: iter(["A", " dog."]))
    with Run().active() as run:
        pieces = SceneCaptioner(model).caption(Image.new("RGB", (8, 8)), max_new_tokens=9)
        assert "".join(pieces) == "A dog."
    assert run.notes == ([] if familiar else [UNFAMILIAR])
    assert run.offer_recommended is not familiar
    assert backbone.looks == 1
