"""The voices of a model of several speakers, by the model's name: for the page and the APIs.

Told by the model's files or, while they are not here, by the Hub's list of them.
"""

from pipelines.engines import engine_for
from pipelines.errors import PlaygroundError
from pipelines.playground import Playground
from pipelines.task import Task


def voices_of(playground: Playground, task: Task, name: str) -> list[str]:
    """The voices' names, the one that speaks unless another is asked for first.

    Empty where there is one voice, or where they are not known before the model is here.
    """
    try:
        entry = playground.resolve(task, name)
        if folder := playground.store.local(entry):
            return engine_for(folder).voices(folder)
        if not entry.hub or entry.files:
            return []
        plan = playground.store.plan(entry)
    except (PlaygroundError, OSError, ValueError):
        return []
    return plan.engine.listed_voices([one.path for one in plan.files])
