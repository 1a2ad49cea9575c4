"""The models trained by runs of lab 2, by name: `lab:RUN` or `lab:RUN:STAGE`.

It knows the folder of the runs, turns such a name into a catalogue entry for the text-generation
tab and lab 1, and zips a model's folder. Any other name is refused before a path is
made of it. Needs no torch.
"""

import re
import zipfile
from pathlib import Path
from typing import Any

from pipelines.catalogue import Entry
from pipelines.errors import InputError, ModelError
from pipelines.playground import Playground
from pipelines.settings import Settings

PREFIX = "lab:"
STAGES = ("random", "pretrained", "tuned")
RUN = r"\d{8}-\d{6}-[0-9a-f]{16}"
NAME = re.compile(rf"{PREFIX}({RUN})(?::({'|'.join(STAGES)}))?")
SAYS = {
    "random": "random weights",
    "pretrained": "pretrained",
    "tuned": "pretrained and tuned",
}


def root(settings: Settings) -> Path:
    """The folder that holds all trainings."""
    return Path(settings.runs) if settings.runs else settings.cache / "lab-runs"


def register(playground: Playground) -> None:
    """Let the tabs and the endpoints take the models trained here by their names."""
    playground.resolvers[PREFIX] = lambda name: entry(name, playground.settings)


def stages(settings: Settings, run: str) -> tuple[str, ...]:
    """The stages that a run has saved so far, in order."""
    if not re.fullmatch(RUN, run):
        return ()
    return tuple(stage for stage in STAGES if (root(settings) / run / stage).is_dir())


def entry(name: str, settings: Settings) -> Entry:
    """The catalogue entry of such a name; without a stage, of the last one that the run has saved.

    Raises:
        ModelError: not a name of this form, or no such model.
    """
    found = NAME.fullmatch(name)
    there = stages(settings, found[1]) if found else ()
    stage = (found[2] or (there[-1] if there else "")) if found else ""
    if not found or stage not in there:
        raise ModelError(
            "There is no model of that name from the training lab.",
            "Train one in the lab “Two phases of training”, or pick another.",
        )
    folder = root(settings) / found[1] / stage
    size = sum(file.stat().st_size for file in folder.iterdir())
    return Entry(
        name=f"{PREFIX}{found[1]}:{stage}",
        title=f"The model of your training ({SAYS[stage]})",
        tasks=("text-generation",),
        engine="transformers",
        licence="yours",
        size_bytes=size,
        memory_bytes=size,
        good_at="The text it was trained on.",
        bad_at="Everything else: it is very small.",
        folder=folder,
    )


def packed(name: str, settings: Settings, target: Path) -> Path:
    """A zip of the transformers folder, written into the folder `target`."""
    made = entry(name, settings)
    assert made.folder
    file = target / f"{made.name.replace(':', '-')}.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for one in sorted(made.folder.iterdir()):
            archive.write(one, f"{file.stem}/{one.name}")
    return file


def tokens(name: str, settings: Settings, text: str) -> list[str]:
    """The tokens of a text, by the run's own tokenizer."""
    if not text.strip():
        raise InputError("There is no sentence.", "Type one.")
    from tokenizers import Tokenizer

    folder = entry(name, settings).folder
    tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))  # type: ignore[operator]  # its stub says a property
    text = text[: settings.max_characters]
    return [text[start:end] for start, end in tokenizer.encode(text).offsets]
