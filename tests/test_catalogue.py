"""Every entry of the catalogue is complete, pinned and about something that exists."""

import re
from collections import Counter

import pytest

from pipelines.catalogue import CATALOGUE, Catalogue, Entry, _entry, catalogue
from pipelines.engines import MODULES
from pipelines.registry import tasks

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
    assert set(entry.starter_for) | set(entry.recommended_for) <= set(entry.tasks)
    assert entry.engine in MODULES


@each
def test_an_entrys_sizes_are_known(entry: Entry) -> None:
    assert entry.size_bytes > 0
    assert entry.memory_bytes > 0


@each
def test_an_entry_is_pinned(entry: Entry) -> None:
    assert entry.pinned


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


def test_a_task_has_at_most_one_starter_and_one_recommended_model() -> None:
    for attribute in ("starter_for", "recommended_for"):
        counted = Counter(task for entry in ENTRIES for task in getattr(entry, attribute))
        assert [task for task, times in counted.items() if times > 1] == []


def test_the_starter_stands_first_in_its_tasks_list() -> None:
    for task in tasks():
        if starter := catalogue().starter(task):
            assert catalogue().for_task(task)[0] == starter


def test_an_unknown_key_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"tiny: unknown keys \['sise'\]"):
        _entry({"name": "tiny", "sise": 3})


def test_an_entry_is_found_by_its_hub_id_too() -> None:
    facts = {"title": "Tiny", "tasks": [], "engine": "transformers", "licence": "MIT"}
    facts |= {"size_bytes": 1, "memory_bytes": 1, "languages": [], "good_at": "", "bad_at": ""}
    one = _entry({"name": "tiny", "hub": "ada/tiny", **facts})
    assert Catalogue([one]).find("ada/tiny") == one
    assert Catalogue([one]).find("ada/other") is None
