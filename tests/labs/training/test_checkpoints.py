"""Models that lab 2 has made, by name: found, refused, packed."""

import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines import Playground
from pipelines.errors import InputError, ModelError
from pipelines.labs.training import checkpoints, datasets, village
from pipelines.labs.training.loop import Training
from pipelines.labs.training.recipe import Recipe
from pipelines.registry import task
from pipelines.settings import Settings

RUN = "20260101-120000-0123456789abcdef"


@pytest.fixture
def trained(settings: Settings, small: Recipe) -> Iterator[Playground]:
    """A playground on a cache with one short run."""
    text = datasets.Dataset(
        village.text(stories=100),
        village.text(1, 10),
        village.instructions()[0][:20],
        village.instructions()[1][:5],
    )
    folder = checkpoints.root(settings) / RUN
    folder.mkdir(parents=True)
    list(Training(folder, small, text).events())
    playground = Playground(settings)
    checkpoints.register(playground)
    yield playground
    playground.cache.close()


@pytest.mark.slow
def test_each_stage_answers_as_a_model_of_text_generation(trained: Playground) -> None:
    for stage in checkpoints.STAGES:
        answer = trained.run("text-generation", {"prompt": "Ada"}, f"lab:{RUN}:{stage}")
        assert isinstance(answer.value["generated_text"], str)
        assert answer.facts
        assert answer.facts.model == f"lab:{RUN}:{stage}"
    trained.settings = replace(trained.settings, public=True)
    entry = trained.resolve(task("text-generation"), f"lab:{RUN}")
    assert entry.name == f"lab:{RUN}:tuned"
    with pytest.raises(ModelError, match="not for translation"):
        trained.resolve(task("translation"), f"lab:{RUN}")


@pytest.mark.slow
def test_a_stage_is_packed_as_a_transformers_folder(trained: Playground, tmp_path: Path) -> None:
    file = checkpoints.packed(f"lab:{RUN}:tuned", trained.settings, tmp_path)
    names = {name.split("/")[1] for name in zipfile.ZipFile(file).namelist()}
    assert names >= {"config.json", "model.safetensors", "tokenizer.json", "chat_template.jinja"}


@pytest.mark.slow
def test_the_tokens_of_a_sentence_are_its_pieces(trained: Playground) -> None:
    text = "Ada lives in a 🏠 <b>."
    pieces = checkpoints.tokens(f"lab:{RUN}", trained.settings, text)
    assert "Ada" in "".join(pieces)
    with pytest.raises(InputError):
        checkpoints.tokens(f"lab:{RUN}", trained.settings, " ")


@pytest.mark.parametrize(
    "name",
    [
        "lab:",
        "lab:..",
        f"lab:{RUN}",
        f"lab:{RUN}:tuned",
        f"lab:../lab-runs/{RUN}",
        f"lab:{RUN}/../..",
        f"lab:{RUN}:tuned/..",
        f"lab:{RUN}:checkpoint",
        f"lab:{RUN}\n",
        "lab:/etc",
    ],
)
def test_what_is_no_run_of_ours_is_refused(settings: Settings, name: str) -> None:
    with pytest.raises(ModelError, match="no model of that name"):
        checkpoints.entry(name, settings)
