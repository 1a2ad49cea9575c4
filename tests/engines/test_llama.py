"""The llama.cpp engine on tiny GGUF models: with pictures and without, and what it refuses."""

import threading
from pathlib import Path

import pytest
import torch
from PIL import Image

from pipelines import Playground
from pipelines.capabilities import ChatWithImages
from pipelines.engines import engine_for, llama, llama_requests
from pipelines.engines.gguf_metadata import key_value_bytes
from pipelines.errors import ModelError
from pipelines.inputs.messages import Message
from pipelines.memory import resident_bytes
from pipelines.sampling import Sampling
from pipelines.settings import Settings
from tests.tiny import build, gguf_files

SHADES = Image.linear_gradient("L").resize((80, 64)).convert("RGB")
RED = Image.new("RGB", (50, 60), "red")
TEXT = "the lion sleeps under an old tree"
SIGHT = "image-text-to-text"


def ask(tiny: Playground, image: Image.Image, text: object) -> str:
    value = tiny.run(SIGHT, {"image": image, "text": text}, "gguf-mmproj", {"max_new_tokens": 8})
    return str(value.value["generated_text"])


def test_it_writes_what_transformers_generates_from_the_same_file(tiny: Playground) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = tiny.store.local(tiny.catalogue["gguf"])
    assert folder
    file = next(folder.glob("*.gguf")).name
    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=file)
    model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.float32)
    inputs = tokenizer.apply_chat_template(
        [{"role": "user", "content": TEXT}],
        add_generation_prompt=True,
        return_tensors="pt",
        return_dict=True,
    )
    made = model.generate(**inputs, max_new_tokens=8, do_sample=False)
    theirs = tokenizer.decode(made[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
    options = {"max_new_tokens": 8, "temperature": 0.0}
    ours = tiny.run("text-generation", {"prompt": TEXT}, "gguf", options).value
    assert ours == {"generated_text": theirs.strip()}


def test_the_projector_is_never_taken_for_the_model(tmp_path: Path) -> None:
    folder = build("gguf-mmproj", tmp_path)
    assert engine_for(folder).name == "llama.cpp"
    model, projector = llama.files_of(folder)
    assert (model, projector) == (folder / "tiny-F32.gguf", folder / "mmproj-tiny-F32.gguf")


@pytest.mark.parametrize(
    ("names", "whole"),
    [
        (["tiny.gguf"], True),
        (["tiny-00001-of-00002.gguf", "tiny-00002-of-00002.gguf"], True),
        (["tiny-00002-of-00002.gguf"], False),
    ],
)
def test_a_model_is_whole_with_all_its_shards(
    tmp_path: Path, names: list[str], whole: bool
) -> None:
    for name in names:
        (tmp_path / name).touch()
    assert llama.ENGINE.is_whole(tmp_path) is whole


def test_the_answer_depends_on_the_picture(tiny: Playground) -> None:
    assert ask(tiny, SHADES, TEXT) == ask(tiny, SHADES, TEXT)
    assert ask(tiny, SHADES, TEXT) != ask(tiny, RED, TEXT)


def test_a_conversation_has_each_picture_at_its_turn(tiny: Playground) -> None:
    def talk(first: Image.Image) -> list[dict[str, object]]:
        return [
            {"role": "user", "content": TEXT, "images": [first]},
            {"role": "assistant", "content": "Two."},
            {"role": "user", "content": TEXT},
        ]

    assert ask(tiny, RED, talk(SHADES)) != ask(tiny, RED, talk(RED))


def test_chats_that_do_not_fit_together_wait_for_each_other(
    tiny: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llama, "CONTEXT", 512)
    folder = tiny.store.local(tiny.catalogue["gguf"])
    assert folder
    model = llama.ENGINE.load(folder, "", Settings(users=8))
    said = {}

    def ask(n: int) -> None:
        messages: list[Message] = [{"role": "user", "content": f"{n} " + "a " * 120}]
        said[n] = "".join(model.chat(messages, Sampling(40)))

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    model.close()
    assert sorted(said) == list(range(8))
    assert all(said.values())


@pytest.mark.slow
def test_chats_with_different_prompts_take_no_more_memory_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gguf_files, "HIDDEN", 512)
    monkeypatch.setattr(gguf_files, "LAYERS", 12)  # 24 KB a token
    monkeypatch.setattr(llama, "CONTEXT", 1024)
    model = llama.ENGINE.load(build("gguf", tmp_path), "", Settings(users=4, threads=1))

    def ask(n: int) -> None:
        messages: list[Message] = [{"role": "user", "content": f"{n} " + "a " * 200}]
        assert "".join(model.chat(messages, Sampling(1)))

    for n in range(5):  # until each slot was used
        ask(n)
    before = resident_bytes()
    for n in range(5, 17):
        ask(n)
    grown = resident_bytes() - before
    model.close()
    assert grown < 20_000_000


def test_the_context_counts_as_memory(tmp_path: Path) -> None:
    folder = build("gguf", tmp_path)
    file = folder / "tiny-F32.gguf"
    keys_and_values = 2 * gguf_files.LAYERS * gguf_files.HIDDEN * 2  # float16
    assert key_value_bytes(file) == keys_and_values
    assert (
        llama.ENGINE.memory_of(folder)
        == file.stat().st_size + llama_requests.CONTEXT * keys_and_values
    )


def test_without_a_projector_pictures_are_refused_in_a_sentence(tiny: Playground) -> None:
    folder = tiny.store.local(tiny.catalogue["gguf"])
    assert folder
    with pytest.raises(ModelError, match="cannot see: there is no mmproj file"):
        llama.ENGINE.variant(folder, (ChatWithImages,))


@pytest.mark.parametrize("name", ["tiny.gguf", "mmproj-tiny.gguf"])
def test_a_broken_file_is_said_plainly(tmp_path: Path, name: str) -> None:
    folder = build("gguf-mmproj", tmp_path)
    for file in folder.glob("*.gguf"):
        if file.name.startswith("mmproj") == name.startswith("mmproj"):
            file.write_bytes(b"GGUF" + b"\0" * 100)
    with pytest.raises(ModelError, match=r"llama.cpp cannot load tiny-F32.gguf"):
        llama.ENGINE.load(folder, "", Settings(threads=1))
