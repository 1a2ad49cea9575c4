"""Scripts live in assets/page.js; Python holds calls of them alone, with data as JSON."""

import ast
import json
import re
from pathlib import Path

from components.javascript import HEAD, call
from components.server.languages import TranslatedBlocks
from components.translations import text, translated
from pipelines.folders import ASSETS

COMPONENTS = Path(__file__).parents[1] / "components"
SCRIPT = (ASSETS / "page.js").read_text("utf-8")


def test_data_arrives_as_json_whatever_it_holds() -> None:
    question = "Delete the files of O'Hara's \"model\" \\ \u2028 </script>?"
    script = call("confirmed", question, {"a": [1, None]})
    found = re.fullmatch(r"\(\.\.\.values\) => playground\.confirmed\((.*), \.\.\.values\)", script)
    assert found
    assert json.loads(f"[{found[1]}]") == [question, {"a": [1, None]}]
    assert "\u2028" not in script  # a line's end to some readers of scripts


def test_a_text_in_the_data_is_translated_wherever_it_stands() -> None:
    with TranslatedBlocks():
        script = call("followLink", {"translation": (text("Translation"), "text")})
    assert '{"translation": ["Übersetzung", "text"]}' in translated(script, "de")


def test_every_call_is_of_a_function_that_the_script_has() -> None:
    (exported,) = re.findall(r"\n  return \{\n(.*?)\n  \};\n\}\)\(\);", SCRIPT, re.DOTALL)
    called = {
        node.args[0].value
        for path in COMPONENTS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "call"
        and isinstance(node.args[0], ast.Constant)
    }
    assert called == set(re.findall(r"\w+", exported))


def test_python_holds_no_script() -> None:
    scripts = re.compile(r"\bon(click|load|error|change|input)=|=> |document\.|window\.")
    found = {
        (path.name, node.value)
        for path in COMPONENTS.rglob("*.py")
        if path.name != "javascript.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if scripts.search(node.value)
    }
    assert found == set()


def test_the_script_stands_in_the_page_and_asks_no_other_host() -> None:
    english = re.sub(r"\btext\(('[^']+')\)", r"\1", SCRIPT)
    assert english in translated(HEAD, "en")
    assert HEAD.count("</script>") == 1
    assert not re.search(r"https?://(?!www\.w3\.org/)", SCRIPT)
