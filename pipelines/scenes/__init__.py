"""The scene world: one generator for training, the page's New scene button and the tests."""

from pipelines.scenes.kinds import COLOURS, KINDS, LABELS, SceneObject
from pipelines.scenes.world import Scene, make_scene

__all__ = ["COLOURS", "KINDS", "LABELS", "Scene", "SceneObject", "make_scene"]
