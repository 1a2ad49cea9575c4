"""The box for an address: what it fetches stands in the box above it."""

from pathlib import Path

import gradio as gr
import pytest

from components import web_address
from pipelines.errors import InputError
from pipelines.folders import ASSETS
from pipelines.inputs import Audio, Image, Text
from pipelines.settings import Settings
from tests.test_tab import built

PICTURE = ASSETS / "examples" / "cat.jpg"


def boxes(spec: object, settings: Settings) -> list[gr.Textbox]:
    with gr.Blocks() as page:
        made = web_address.build(spec, gr.Image(type="filepath"), settings)
    assert [one.box for one in made] == [
        one for one in page.blocks.values() if isinstance(one, gr.Textbox)
    ]
    return [one for one in page.blocks.values() if isinstance(one, gr.Textbox)]


def test_only_pictures_and_sounds_have_one_where_addresses_are_fetched() -> None:
    assert len(boxes(Image(), Settings())) == len(boxes(Audio(), Settings())) == 1
    assert boxes(Text(), Settings()) == []
    assert boxes(Image(), Settings(web_files=False)) == []


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://example.com/my%20cat.jpg?size=2", "my cat.jpg"),
        ("https://example.com/..%2f..%2fetc/", "file"),
        ("https://example.com/" + "a" * 900, "a" * 200),
    ],
)
def test_the_file_is_kept_under_its_name_in_the_upload_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: str, name: str
) -> None:
    monkeypatch.setattr(web_address, "fetch", lambda *_: PICTURE.read_bytes())
    with gr.Blocks():
        target = gr.Image(type="filepath")
    monkeypatch.setattr(target, "GRADIO_CACHE", str(tmp_path))
    fetched = web_address._fetched(Image(), target, Settings())
    path, emptied = fetched(f" {address} ")
    assert Path(path).read_bytes() == PICTURE.read_bytes()
    assert Path(path).is_relative_to(tmp_path)
    assert Path(path).name.startswith(name)
    assert emptied == ""


def test_what_cannot_be_read_is_said_and_not_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(web_address, "fetch", lambda *_: b"no picture")
    with gr.Blocks():
        target = gr.Image(type="filepath")
    monkeypatch.setattr(target, "GRADIO_CACHE", str(tmp_path))
    fetched = web_address._fetched(Image(), target, Settings())
    with pytest.raises(gr.Error, match="not a picture that can be read"):
        fetched("https://example.com/a.png")
    assert not list(tmp_path.rglob("*.png"))


def test_a_refused_address_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> bytes:
        raise InputError("There is no public web server at this address.", "Upload the file.")

    monkeypatch.setattr(web_address, "fetch", refused)
    with gr.Blocks():
        target = gr.Image(type="filepath")
    with pytest.raises(gr.Error, match="no public web server"):
        web_address._fetched(Image(), target, Settings())("https://10.0.0.1/a.png")


def test_run_fetches_an_address_that_was_typed_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fetched: list[str] = []

    def fetch(address: str, *_: object) -> bytes:
        fetched.append(address)
        if "missing" in address:
            raise InputError("The picture's server answers 404.", "Look why.")
        return PICTURE.read_bytes()

    monkeypatch.setattr(web_address, "fetch", fetch)
    with gr.Blocks():
        target, shown = gr.Image(type="filepath"), gr.HTML()
        boxes = web_address.build(Image(), target, Settings())
    monkeypatch.setattr(target, "GRADIO_CACHE", str(tmp_path))
    [one] = boxes
    before = web_address.before_run(boxes, shown, Settings())
    [nothing] = before["fn"]({one.box: None})
    assert all(value == gr.skip() for value in nothing.values())
    assert fetched == []
    *_, last = before["fn"]({one.box: " https://example.com/a.jpg"})
    assert fetched == ["https://example.com/a.jpg"]
    assert Path(last[target]).read_bytes() == PICTURE.read_bytes()
    assert last[one.box] == ""
    told = []
    with pytest.raises(gr.Error, match="404"):
        told.extend(before["fn"]({one.box: "https://example.com/missing.jpg"}))


@pytest.mark.parametrize("task_id", ["image-classification", "image-text-to-text"])
def test_a_tabs_run_waits_for_what_was_typed(task_id: str, settings: Settings) -> None:
    tab, run = built(task_id, settings)
    [address] = tab.addresses
    page = run.inputs[0].parent
    while page.parent:
        page = page.parent
    fetch = [one for one in page.fns.values() if one.name == "fetch_typed"]
    assert {(tab.run._id, "click")} <= {target for one in fetch for target in one.targets}
    assert address.box in fetch[0].inputs
