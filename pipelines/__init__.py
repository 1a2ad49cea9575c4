"""What computes: tasks, models and the playground that runs them. Never imports gradio.

from pipelines import run
run("zero-shot-classification", "The match ended 2:1", ["sport", "politics"])
"""

from pipelines.errors import PlaygroundError
from pipelines.playground import Playground, run

__all__ = ["Playground", "PlaygroundError", "run"]
