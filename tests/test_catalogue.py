"""Every entry of the catalogue is complete, pinned and about something that exists."""

import re
from collections import Counter

import pytest

from pipelines.catalogue import (
    CATALOGUE,
    FAMILIES,
    RANKS,
    TRANSFORMERS_FORMAT,
    Catalogue,
    Entry,
    _entry,
    catalogue,
)
from pipelines.engines import engines
from pipelines.registry import tasks
from pipelines.settings import Settings
from tests.course import COURSE

ENTRIES = list(catalogue().entries.values())
MEMBER = re.compile(r"[a-z0-9][a-z0-9-]*==[0-9][0-9a-z.]*: [A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+")

each = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)


@each
def test_an_entry_says_what_a_person_wants_to_know(entry: Entry) -> None:
    for text in (entry.name, entry.title, entry.licence, entry.good_at, entry.bad_at):
        assert text.strip()


@each
def test_an_entry_names_tasks_and_an_engine_that_exist(entry: Entry) -> None:
    assert entry.tasks
    assert set(entry.tasks) <= set(tasks())
    for rank in RANKS:
        assert set(getattr(entry, f"{rank}_for")) <= set(entry.tasks)
    assert entry.engine in engines()


@each
def test_an_entrys_family_is_one_of_the_courses(entry: Entry) -> None:
    assert entry.family in (*FAMILIES, "")


@each
def test_an_entrys_sizes_are_known(entry: Entry) -> None:
    assert entry.size_bytes > 0
    assert entry.memory_bytes > 0
    assert (entry.parameters or 0) > 0


@each
def test_an_entry_is_pinned(entry: Entry) -> None:
    assert entry.files or entry.revision or entry.bundled


@each
def test_a_revision_is_a_commit_or_a_tag_never_a_branch(entry: Entry) -> None:
    if entry.revision:
        assert re.fullmatch(r"[0-9a-f]{7,40}|v\d+(\.\d+)*", entry.revision)


@each
def test_float32_weights_are_in_the_memory_that_is_told(entry: Entry) -> None:
    if entry.engine in TRANSFORMERS_FORMAT and entry.hub and not entry.starter_for:
        assert entry.parameters
        assert entry.memory_bytes == pytest.approx(4 * entry.parameters, rel=0.01)


@each
def test_a_recommended_model_is_small_and_open_to_all(entry: Entry) -> None:
    if entry.recommended_for:
        assert entry.memory_bytes <= 1.5e9
        assert not entry.gated


@each
def test_a_model_over_the_default_budget_says_so(entry: Entry) -> None:
    if entry.memory_bytes > Settings().memory_gb * 1e9:
        assert "more than the default budget" in entry.bad_at


@each
def test_a_starter_is_bundled_or_can_be_had_without_the_hub(entry: Entry) -> None:
    if entry.starter_for and not entry.bundled:
        assert entry.files
        assert all(file.members for file in entry.files)


@each
def test_a_bundled_model_has_no_other_source(entry: Entry) -> None:
    assert not (entry.bundled and entry.files), "bundled files need no source"


@each
def test_every_file_has_its_sha256_and_size(entry: Entry) -> None:
    for file in entry.files:
        assert re.fullmatch("[0-9a-f]{64}", file.sha256), file.path
        assert file.size > 0


@each
def test_the_files_sizes_add_up(entry: Entry) -> None:
    if entry.files:
        assert sum(file.size for file in entry.files) == pytest.approx(entry.size_bytes, rel=0.01)


@each
def test_files_stay_inside_the_models_folder(entry: Entry) -> None:
    for file in entry.files:
        assert not file.path.startswith("/")
        assert ".." not in file.path.split("/")


@each
def test_wheel_members_name_package_version_and_path(entry: Entry) -> None:
    for file in entry.files:
        for member in file.members:
            assert MEMBER.fullmatch(member), member
            assert ".." not in member.split("/")


@each
def test_a_hub_id_is_owner_and_name(entry: Entry) -> None:
    if entry.hub:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+", entry.hub)


def test_names_are_unique() -> None:
    names = re.findall(r'^name = "(.+)"', CATALOGUE.read_text("utf-8"), re.MULTILINE)
    assert [name for name, times in Counter(names).items() if times > 1] == []
    assert names == list(catalogue().entries)


@pytest.mark.parametrize("rank", RANKS)
def test_a_task_has_one_model_of_a_rank_and_the_courses_tasks_have_all(rank: str) -> None:
    counted = Counter(task for entry in ENTRIES for task in getattr(entry, f"{rank}_for"))
    several = {task for task, count in counted.items() if count > 1}
    assert several <= ({"translation"} if rank == "starter" else set())
    assert COURSE <= set(counted) <= set(tasks())


def test_starters_of_one_task_have_languages_of_their_own() -> None:
    for task in tasks():
        languages = [frozenset(entry.languages) for entry in catalogue().starters(task)]
        assert len(set(languages)) == len(languages)


@pytest.mark.parametrize("task", tasks())
def test_a_tasks_list_begins_with_its_ranks_in_order(task: str) -> None:
    listed = [entry.rank(task) for entry in catalogue().for_task(task)]
    ranked = [rank for rank in RANKS for one in listed if one == rank]
    assert listed == [*ranked, *[""] * (len(listed) - len(ranked))]


@each
def test_a_model_has_one_rank_for_a_task(entry: Entry) -> None:
    ranked = Counter(task for rank in RANKS for task in getattr(entry, f"{rank}_for"))
    assert [task for task, times in ranked.items() if times > 1] == []


@pytest.mark.parametrize(
    ("family", "names"),
    {
        "encoder-only": ["BERT base", "DistilBERT", "ModernBERT"],
        "decoder-only": ["GPT-2", "Llama", "Gemma", "SmolLM"],
        "encoder-decoder": ["T5", "BART"],
    }.items(),
)
def test_the_families_of_the_course_are_there(family: str, names: list[str]) -> None:
    titles = [entry.title for entry in ENTRIES if entry.family == family]
    assert [name for name in names if not any(one.startswith(name) for one in titles)] == []


def test_an_unknown_key_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"tiny: unknown keys \['sise'\]"):
        _entry({"name": "tiny", "sise": 3})


def test_an_entry_is_found_by_its_hub_id_too() -> None:
    facts: dict[str, object] = {
        "title": "Tiny",
        "tasks": [],
        "engine": "transformers",
        "licence": "MIT",
    }
    facts |= {"size_bytes": 1, "memory_bytes": 1, "languages": [], "good_at": "", "bad_at": ""}
    one = _entry({"name": "tiny", "hub": "ada/tiny", **facts})
    assert Catalogue([one]).find("ada/tiny") == one
    assert Catalogue([one]).find("ada/other") is None


@each
def test_parts_can_be_had_without_the_hub_and_add_up(entry: Entry) -> None:
    if entry.parts:
        parts = [catalogue()[name] for name in entry.parts]
        assert all(file.members for one in parts for file in one.files)
        assert sum(one.size_bytes for one in parts) == entry.size_bytes
        assert {one.engine for one in parts} == {entry.engine}
