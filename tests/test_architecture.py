"""The rooms stay apart, engines wake when needed, and a further task is three files."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines import capabilities
from pipelines.engines import engines
from pipelines.registry import MODALITIES, tasks
from pipelines.task import Task
from tests.course import COURSE

ROOT = Path(__file__).parents[1]
PIPELINES = sorted((ROOT / "pipelines").rglob("*.py"))
API = sorted((ROOT / "api").rglob("*.py"))
COMPONENTS = sorted((ROOT / "components").rglob("*.py"))
CLUSTER = sorted((ROOT / "cluster").rglob("*.py"))
LONGEST_FILE = 400  # a hint to look where the idea divides


def imported(path: Path) -> set[str]:
    """The modules a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: imports are written in full"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return found


def within(names: set[str], *packages: str) -> set[str]:
    return {n for n in names for p in packages if n == p or n.startswith(p + ".")}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", PIPELINES, ids=named)
def test_what_computes_knows_no_page(path: Path) -> None:
    above = ("components", "api", "cluster", "app", "tests")
    assert not within(imported(path), "gradio", "gradio_client", "fastapi", "ray", *above)


@pytest.mark.parametrize("path", API, ids=named)
def test_what_programs_see_knows_no_page(path: Path) -> None:
    libraries = ("torch", "transformers", "gradio", "ray", "components", "cluster", "app", "tests")
    assert not within(imported(path), *libraries, "pipelines.engines", "pipelines.labs")


@pytest.mark.parametrize("path", CLUSTER, ids=named)
def test_the_cluster_knows_no_page_and_no_api(path: Path) -> None:
    libraries = ("gradio", "fastapi", "starlette", "torch", "transformers")
    assert not within(imported(path), *libraries, "components", "api", "app", "tests")


@pytest.mark.parametrize("path", COMPONENTS, ids=named)
def test_what_is_seen_does_not_compute(path: Path) -> None:
    libraries = ("torch", "transformers", "xllamacpp", "faster_whisper", "piper", "ray", "cluster")
    assert not within(imported(path), *libraries, "pipelines.engines", "app", "tests")


@pytest.mark.parametrize("path", PIPELINES, ids=named)
def test_the_core_knows_no_lab(path: Path) -> None:
    if "labs" not in path.parts:
        assert not within(imported(path), "pipelines.labs")


def test_of_what_is_seen_only_the_page_as_a_whole_knows_the_labs() -> None:
    outside = [path for path in COMPONENTS if "labs" not in path.parts]
    found = [named(f) for f in outside if within(imported(f), "components.labs", "pipelines.labs")]
    assert found == ["components/page.py"]


ENGINES = sorted((ROOT / "pipelines/engines").rglob("*.py"))
ADAPTERS = [path for one in MODALITIES for path in sorted((ROOT / "pipelines" / one).rglob("*.py"))]


@pytest.mark.parametrize("path", ENGINES, ids=named)
def test_an_engine_knows_no_task(path: Path) -> None:
    folders = [f"pipelines.{modality}" for modality in MODALITIES]
    above = ["pipelines.registry", "pipelines.playground", "pipelines.cache", "pipelines.store"]
    assert not within(imported(path), *folders, *above, "pipelines.task", "pipelines.catalogue")


@pytest.mark.parametrize("path", sorted((ROOT / "pipelines/store").rglob("*.py")), ids=named)
def test_the_store_asks_the_registry_of_engines_and_knows_no_engine_and_no_task(path: Path) -> None:
    folders = [f"pipelines.{modality}" for modality in MODALITIES]
    assert not within(imported(path), *folders, "pipelines.cache", *engine_modules())


def engine_modules() -> list[str]:
    """All modules of engines, but for the registry's."""
    names = [path.stem for path in (ROOT / "pipelines/engines").iterdir()]
    return [f"pipelines.engines.{name}" for name in names if name not in {"registry", "base"}]


def test_of_the_engines_only_the_labs_know_one_by_name() -> None:
    known = {
        named(path): found
        for path in PIPELINES
        if "engines" not in path.parts and "labs" not in path.parts
        if (found := within(imported(path), *engine_modules()))
    }
    assert known == {}


@pytest.mark.parametrize("path", ADAPTERS, ids=named)
def test_an_adapter_sees_no_tensors_and_no_engine(path: Path) -> None:
    libraries = ["torch", "transformers", "ctranslate2", "onnxruntime", "xllamacpp"]
    assert not within(imported(path), *libraries, "pipelines.engines")
    code = path.read_text("utf-8")
    assert not re.search(r"\bAuto[A-Z]|\b(has|get)attr\(|\.logits\b|model: Any", code)


@pytest.mark.parametrize("task", tasks().values(), ids=lambda task: task.id)
def test_a_task_names_capabilities_that_some_engine_offers(task: Task) -> None:
    declared = {one for one in vars(capabilities).values() if getattr(one, "_is_protocol", False)}
    assert set(task.capabilities) <= declared
    offered = set().union(*(one.offers for one in engines().values()))
    assert set(task.capabilities) & offered


@pytest.mark.parametrize("task", tasks().values(), ids=lambda task: task.id)
def test_an_adapter_knows_no_other_modality_engine_store_or_cache(task: Task) -> None:
    path = ROOT / "pipelines" / task.modality / f"{task.name}.py"
    others = [f"pipelines.{m}" for m in MODALITIES if m != task.modality]
    names = imported(path)
    assert not within(names, *others, "pipelines.engines", "pipelines.store", "pipelines.cache")


def test_json_is_parsed_at_one_place_that_limits_its_depth() -> None:
    parser = re.compile(r"\bjson\.loads?\b|JSONDecoder|model_validate_json")
    rooms = [*PIPELINES, *COMPONENTS, *API, *CLUSTER]
    found = [named(path) for path in rooms if parser.search(path.read_text("utf-8"))]
    assert found == ["pipelines/parse_json.py"]


def test_a_packages_face_has_no_logic() -> None:
    faces = [one for one in [*PIPELINES, *COMPONENTS, *API, *CLUSTER] if one.stem == "__init__"]
    logic = ast.FunctionDef | ast.ClassDef
    found = [
        named(f)
        for f in faces
        if any(isinstance(n, logic) for n in ast.parse(f.read_text("utf-8")).body)
    ]
    assert found == []


def test_types_are_ignored_for_a_reason_that_is_said() -> None:
    bare = re.compile(r"# type: ignore(\[[a-z, -]+\])?$", re.MULTILINE)
    rooms = [ROOT / name for name in ("starters", "benchmarks", "tests")]
    files = [*PIPELINES, *COMPONENTS, *API, *CLUSTER, *(f for r in rooms for f in r.rglob("*.py"))]
    assert [named(path) for path in files if bare.search(path.read_text("utf-8"))] == []


@pytest.mark.parametrize("task", tasks().values(), ids=lambda task: task.id)
def test_a_task_has_the_same_name_in_two_rooms(task: Task) -> None:
    for room in ("pipelines", "components"):
        path = ROOT / room / task.modality / f"{task.name}.py"
        assert path.is_file()


def test_the_sixteen_tasks_of_the_course_are_there() -> None:
    assert len(COURSE) == 16
    assert set(tasks()) >= COURSE


@pytest.mark.parametrize(
    "path", [ROOT / "app.py", *PIPELINES, *COMPONENTS, *API, *CLUSTER], ids=named
)
def test_a_file_opens_with_what_it_is_for_and_stays_short(path: Path) -> None:
    text = path.read_text("utf-8")
    assert ast.get_docstring(ast.parse(text))
    assert len(text.splitlines()) <= LONGEST_FILE


def run_apart(code: str, folder: Path = ROOT, seconds: float = 120, **environment: str) -> str:
    """What a Python of its own prints."""
    env = {**os.environ, "PYTHONPATH": str(folder), **environment}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=seconds,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_page_is_built_without_any_engine() -> None:
    libraries = ["torch", "transformers", "xllamacpp", "faster_whisper", "piper", "onnxruntime"]
    libraries += ["langcodes", "ctranslate2", "openvino"]
    code = f"""
import sys
from components import page
from pipelines import Playground
from pipelines.engines import engines, zero_gpu
from pipelines.settings import Settings
zero_gpu.register()
engines()
page.build(Playground(Settings()))
print([name for name in {libraries} if name in sys.modules])
"""
    assert run_apart(code).splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("task", "value"),
    [
        ("text-generation", "Hi"),
        ("text-to-speech", "Hello."),
        ("automatic-speech-recognition", "assets/examples/weather.mp3"),
        ("text-classification", "I love it."),
        ("feature-extraction", "A cat sits on the mat."),
        ("zero-shot-classification", "The match ended 2:1."),
        ("image-classification", "assets/examples/cat.jpg"),
        ("audio-classification", "assets/examples/weather.mp3"),
    ],
)
def test_torch_is_not_imported_for(task: str, value: str, starters: object) -> None:
    labels = {"candidate_labels": ["sport", "politics"]} if "zero" in task else {}
    code = f"""
import sys
from pipelines import run
run({task!r}, {value!r}, **{labels!r})
print([name for name in ("torch", "transformers", "gradio") if name in sys.modules])
"""
    assert run_apart(code).splitlines()[-1] == "[]"


SHOUT = '''"""shout: a text → the same, louder."""

from typing import Annotated

from pipelines.capabilities import Generate
from pipelines.inputs import Number, Text
from pipelines.outputs import GeneratedText
from pipelines.task import Task


def shout(
    model: Generate,
    text: Annotated[str, Text("Text")],
    *,
    marks: Annotated[int, Number("So many exclamation marks", 0, 9)] = 1,
) -> GeneratedText:
    """Return the text in capitals."""
    return {"generated_text": text.upper() + "!" * marks}


TASK = Task(
    id="shout",
    title="Shout",
    summary="A toy that says it louder.",
    course="A toy",
    order=99,
    run=shout,
)
'''
SHOUT_TAB = '''"""The shout tab."""

from components.results import StreamedText
from components.tab import Tab

TAB = Tab(
    task="shout",
    view=lambda: StreamedText("generated_text", "Loud"),
    examples=[["hello"], ["good morning"], ["is anybody there?"]],
    transformers="# a toy",
)
'''
SHOUT_TEST = '''"""shout is loud."""

from pipelines.settings import Settings
from pipelines.text.shout import TASK


def test_it_is_louder() -> None:
    arguments = TASK.read({"text": "hello"}, {"marks": 2}, Settings())
    assert TASK.run(None, **arguments) == {"generated_text": "HELLO!!"}
'''


# Its entry in the catalogue: a model that is there serves it too.
SERVES = 'starter_for = ["text-generation"'
# What goes through all tasks; one more must not make it fail.
OF_ALL_TASKS = ("catalogue", "code", "documentation", "examples", "resolve", "tab")


@pytest.fixture(scope="module")
def with_shout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program with a task added: three files and a model, and nothing changed."""
    copy = tmp_path_factory.mktemp("with_shout")
    for room in ("pipelines", "components", "api", "assets", "tests", "starters"):
        shutil.copytree(ROOT / room, copy / room, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ROOT.glob("*.*"):
        if file.suffix in {".md", ".toml", ".py", ".txt"}:
            shutil.copy(file, copy)
    (copy / "pipelines/text/shout.py").write_text(SHOUT, "utf-8")
    (copy / "components/text/shout.py").write_text(SHOUT_TAB, "utf-8")
    (copy / "tests/text/test_shout.py").write_text(SHOUT_TEST, "utf-8")
    catalogue = copy / "pipelines/catalogue.toml"
    entries = catalogue.read_text("utf-8")
    assert entries.count(SERVES) == 1
    for kind in ("tasks = [", "starter_for = ["):
        entries = entries.replace(
            f'{kind}"text-generation"', f'{kind}"shout", "text-generation"', 1
        )
    catalogue.write_text(entries, "utf-8")
    readme = "import runpy; runpy.run_module('pipelines.documentation', run_name='__main__')"
    run_apart(readme, copy)
    return copy


def test_a_further_task_is_found(with_shout: Path) -> None:
    found = run_apart("from pipelines.registry import tasks; print(*tasks())", with_shout).split()
    assert set(found) == {*tasks(), "shout"}


def test_a_further_task_has_its_endpoint_and_its_tab(with_shout: Path) -> None:
    code = """
import json
from components import page
from pipelines import Playground
from pipelines.settings import Settings
blocks = page.build(Playground(Settings()))
api = blocks.get_api_info()["named_endpoints"]["/shout"]
print(json.dumps({
    "parameters": {p["parameter_name"]: p["parameter_default"] for p in api["parameters"]},
    
    "titles": [b["props"].get("label") for b in blocks.config["components"]],
}))
"""
    made = json.loads(run_apart(code, with_shout).splitlines()[-1])
    assert made["parameters"] == {"text": None, "model": "auto", "marks": 1}
    assert "Shout" in made["titles"]


def passed(folder: Path, *files: str) -> str:
    """What pytest says of these files of a copy."""
    options = ["-q", "-p", "no:cacheprovider", "-m", "not browser and not slow", *files]
    return run_apart(f"import pytest, sys; sys.exit(pytest.main({options}))", folder, seconds=600)


def test_a_further_tasks_own_test_passes(with_shout: Path) -> None:
    assert "1 passed" in passed(with_shout, "tests/text/test_shout.py")


@pytest.mark.timeout(900)
def test_with_a_further_task_the_tests_of_all_tasks_pass(with_shout: Path) -> None:
    said = passed(with_shout, *(f"tests/test_{name}.py" for name in OF_ALL_TASKS))
    assert re.search(r"\d+ passed", said)


TALLY = '''"""How many words a text has, drawn as marks."""

from typing import Any

import gradio as gr
from gradio.components import Component

from components.results.view import Inputs, SimpleView


class Tally(SimpleView):
    """{"generated_text"} → a mark for each word."""

    def build(self) -> list[Component]:
        """One gr.Textbox."""
        return [gr.Textbox(label="Tally")]

    def show(self, value: Any, inputs: Inputs, final: bool) -> list[Any]:
        """The marks."""
        return ["|" * len(value["generated_text"].split())]

    def clear(self) -> list[Any]:
        """No marks."""
        return [""]
'''


def test_a_view_is_one_file_and_a_tab_that_names_it(with_shout: Path) -> None:
    (with_shout / "components/results/tally.py").write_text(TALLY, "utf-8")
    tab = SHOUT_TAB.replace("results import StreamedText", "results.tally import Tally")
    tab = tab.replace('lambda: StreamedText("generated_text", "Loud")', "Tally")
    (with_shout / "components/text/shout.py").write_text(tab, "utf-8")
    code = """
import gradio as gr
from components.runs import Runs
from components.tab import TaskTab
from components.text.shout import TAB
from pipelines import Playground
from pipelines.settings import Settings
with gr.Blocks() as blocks:
    TaskTab(TAB, Playground(Settings()), Runs())
[box] = [b for b in blocks.blocks.values() if getattr(b, "label", "") == "Tally"]
[filled] = {f.name for f in blocks.fns.values() if box in f.outputs and f.name == "_run"}
print(filled, *TAB.view().show({"generated_text": "one two three"}, {}, True))
"""
    assert run_apart(code, with_shout).splitlines()[-1] == "_run |||"
