"""The Firefox Translations engine: what it computes, what it refuses, how it stops."""

import struct
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import sentencepiece
from numpy.typing import NDArray

from pipelines.engines import engine, engine_for, engine_for_listing
from pipelines.engines.marian.model import MarianModel
from pipelines.engines.marian.network import Network
from pipelines.engines.marian.vocabulary import Vocabulary
from pipelines.engines.marian.weights import Weights
from pipelines.errors import Cancelled, InputError, ModelError
from pipelines.run import Run
from pipelines.settings import Settings
from tests.conftest import ROOT
from tests.engines.marian_files import (
    CONFIG,
    FLOAT32,
    INTGEMM8,
    WIDTH,
    packed,
    quantized,
    tensors,
    vocabulary,
    write,
)

Doubles = NDArray[np.float64]

TEXTS = ["the lion sleeps", "a dog runs on the beach under an old tree", "lion", "the old dog"]
MODEL = "model.enfr.intgemm.alphas.bin"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("marian"), "enfr")


def load(folder: Path) -> MarianModel:
    model = engine("marian").load(folder, "", Settings())
    assert isinstance(model, MarianModel)
    return model


def translated(model: MarianModel, texts: list[str], target: str = "fr") -> list[str]:
    made = [""] * len(texts)
    for index, piece in model.translate(texts, source="en", target=target, num_beams=1):
        made[index] += piece
    return made


def test_a_folder_is_known_by_its_files_and_tells_its_languages(folder: Path) -> None:
    marian = engine("marian")
    assert engine_for(folder) is marian
    names = sorted(file.name for file in folder.iterdir())
    assert engine_for_listing(names) is marian
    assert marian.weight_files(names) == [MODEL]
    assert marian.small_files(names) == ["vocab.enfr.spm"]
    told = marian.languages(folder)
    assert (list(told.source), list(told.target)) == (["en"], ["fr"])


def test_one_folder_serves_several_directions_with_own_vocabularies(tmp_path: Path) -> None:
    write(tmp_path, "enfr")
    write(tmp_path, "fren")
    (tmp_path / "vocab.fren.spm").rename(tmp_path / "srcvocab.fren.spm")
    (tmp_path / "trgvocab.fren.spm").write_bytes(vocabulary())
    told = engine("marian").languages(tmp_path)
    assert (set(told.source), set(told.target)) == ({"en", "fr"}, {"en", "fr"})
    assert engine("marian").memory_of(tmp_path) > 2 * 4 * (tmp_path / MODEL).stat().st_size
    pieces = load(tmp_path).translate(["the lion"], source="fr-CA", target="EN", num_beams=1)
    assert "".join(piece for _, piece in pieces)


def test_languages_without_a_model_are_refused_with_those_there_are(folder: Path) -> None:
    with pytest.raises(InputError, match=r"from French to English. It translates en→fr"):
        list(load(folder).translate(["le lion"], source="fr", target="en", num_beams=1))


def test_a_batch_gives_what_each_sentence_gives_alone(folder: Path) -> None:
    """With the padding of the longest, and while others end earlier."""
    model = load(folder)
    alone = [text for one in TEXTS for text in translated(model, [one])]
    assert translated(model, TEXTS) == alone
    assert len(set(alone)) == len(alone)


def test_more_sentences_than_a_batch_keep_their_order(folder: Path) -> None:
    model = load(folder)
    many = [TEXTS[at % len(TEXTS)] for at in range(37)]
    seen = [index for index, _ in model.translate(many, source="en", target="fr", num_beams=1)]
    assert seen == sorted(seen)
    assert set(seen) == set(range(37))
    assert translated(model, many) == [translated(model, [one])[0] for one in many]


def test_a_matrix_is_dequantized_by_its_scale_and_transposed(tmp_path: Path) -> None:
    values = np.array([[0.5, -0.25, 1.0], [0.75, 0.0, -1.25]], np.float32)
    file = tmp_path / "model.bin"
    file.write_bytes(packed({"W": (INTGEMM8, (3, 2), quantized(values, 100))}))
    read = Weights(file).read("W", 2, 3)
    assert np.allclose(read, values, atol=0.005)


def test_the_network_computes_what_its_definition_says(folder: Path) -> None:
    """Against the formulas written down plainly, one sentence, no cache, float64."""
    weights = Weights(folder / MODEL)
    words = weights.shape("Wemb")[0]

    def get(name: str, *shape: int) -> Doubles:
        return weights.read(name, *shape).astype(np.float64)

    def linear(x: Doubles, w: str, b: str | None = None, o: int = WIDTH) -> Doubles:
        made: Doubles = x @ get(w, o, x.shape[-1]).T
        return made + get(b, o) if b else made

    def norm(x: Doubles, name: str) -> Doubles:
        spread = np.sqrt(x.var(-1, keepdims=True) + 1e-6)
        scale, bias = get(f"{name}_ln_scale", WIDTH), get(f"{name}_ln_bias", WIDTH)
        made: Doubles = (x - x.mean(-1, keepdims=True)) / spread * scale + bias
        return made

    def attend(x: Doubles, y: Doubles, name: str) -> Doubles:
        q, k, v = (
            linear(z, f"{name}_W{c}", f"{name}_b{c}") for z, c in ((x, "q"), (y, "k"), (y, "v"))
        )
        half = WIDTH // 2  # two heads
        mixed = []
        for head in (slice(0, half), slice(half, WIDTH)):
            scores = np.exp(q[:, head] @ k[:, head].T / np.sqrt(half))
            mixed.append(scores / scores.sum(-1, keepdims=True) @ v[:, head])
        return norm(x + linear(np.hstack(mixed), f"{name}_Wo", f"{name}_bo"), f"{name}_Wo")

    def ffn(x: Doubles, name: str) -> Doubles:
        hidden = np.maximum(linear(x, f"{name}_W1", f"{name}_b1", 16), 0)
        return norm(x + linear(hidden, f"{name}_W2", f"{name}_b2"), f"{name}_ffn")

    def embedded(ids: list[int]) -> Doubles:
        half = WIDTH // 2
        angles = np.arange(len(ids))[:, None] * np.exp(
            -np.arange(half) * np.log(10_000) / (half - 1)
        )
        table = get("Wemb", words, WIDTH) * np.sqrt(WIDTH)
        rows = np.array([table[one] if one >= 0 else 0 * table[0] for one in ids])
        made: Doubles = rows + np.hstack([np.sin(angles), np.cos(angles)])
        return made

    ids = Vocabulary(folder / "vocab.enfr.spm").encode(TEXTS[1])
    x = embedded([*ids, 0])
    for layer in ("encoder_l1", "encoder_l2"):
        x = ffn(attend(x, x, f"{layer}_self"), f"{layer}_ffn")
    expected: list[int] = []
    for _ in range(8):
        y = embedded([-1, *expected])
        gate = 1 / (1 + np.exp(-linear(y, "decoder_l1_rnn_Wf", "decoder_l1_rnn_bf")))
        state, states = np.zeros(WIDTH), []
        for f, one in zip(gate, linear(y, "decoder_l1_rnn_W"), strict=True):
            state = f * state + (1 - f) * one
            states.append(state)
        y = norm(y + np.maximum(states, 0), "decoder_l1_rnn_ffn")
        y = ffn(attend(y, x, "decoder_l1_context"), "decoder_l1_ffn")
        logits = y[-1] @ get("Wemb", words, WIDTH).T + get("decoder_ff_logit_out_b", words)
        logits[1] = -np.inf
        expected.append(int(logits.argmax()))
    made = [step[0] for step, _ in zip(Network(weights).greedy([ids]), range(8), strict=False)]
    assert made == (expected[: expected.index(0)] if 0 in expected else expected)
    assert len(set(expected)) > 1


def test_stop_is_heard_between_two_steps(folder: Path) -> None:
    run = Run()
    with run.active():
        pieces = load(folder).translate(TEXTS, source="en", target="fr", num_beams=1)
        next(pieces)
        run.cancel.set()
        with pytest.raises(Cancelled):
            next(pieces)


def test_beams_are_said_to_have_no_effect(folder: Path) -> None:
    run = Run()
    with run.active():
        list(load(folder).translate(["lion"], source="en", target="fr", num_beams=4))
    assert run.notes == ["This model was trained to be decoded greedily: num_beams has no effect."]


# What a sentence is made of before the model sees it.


@pytest.mark.parametrize(
    ("sentence", "read", "translation", "whole"),
    [
        ("the “lion”", 'the "lion"', "le « lion »", "le « lion »"),
        (
            "write to a@b.org, dog",
            "write to X1, dog",
            "écris à X1, chien",
            "écris à a@b.org, chien",
        ),
        ("the lion 😀.", "the lion.", "le lion.", "le lion 😀."),
        ("😀 the lion", "the lion", "le lion", "😀 le lion"),
        ("X1 and £5", "X1 and Q1", "X1 et Q1", "X1 et £5"),
        ("中文 (日本) dog", "X1 (X2) dog", "X1 (X2) chien", "中文 (日本) chien"),
    ],
)
def test_what_the_vocabulary_lacks_is_carried_over(
    tmp_path: Path, sentence: str, read: str, translation: str, whole: str
) -> None:
    file = tmp_path / "vocab.spm"
    file.write_bytes(letters("abcdefghijklmnopqrstuvwxyzXQ0123456789.,()\"'- "))
    words = Vocabulary(file).read(sentence)
    assert words.text == read
    assert words.whole(translation) == whole
    assert words.missing(whole) == []


def test_a_word_that_the_model_loses_is_told(tmp_path: Path) -> None:
    file = tmp_path / "vocab.spm"
    file.write_bytes(letters("abcdefghijklmnopqrstuvwxyzXQ0123456789.,()\"'- "))
    words = Vocabulary(file).read("dog £5 £6")
    assert words.missing(words.whole("chien X2")) == ["£5"]


def letters(known: str) -> bytes:
    import io

    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([known, " ".join(known)] * 3),
        model_writer=written,
        vocab_size=len(known) + 40,
        hard_vocab_limit=False,
        character_coverage=1.0,
        eos_id=0,
        unk_id=1,
        bos_id=-1,
        pad_id=-1,
        minloglevel=2,
    )
    return written.getvalue()


# Files that are not what they seem.


def header(at: int, value: int) -> Callable[[bytes], bytes]:
    return lambda whole: whole[:at] + struct.pack("<Q", value) + whole[at + 8 :]


HOSTILE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda whole: b"",
    "another version": header(0, 2),
    "no tensors": header(8, 0),
    "as many tensors as there are atoms": header(8, 2**62),
    "more tensors than bytes": header(8, 9_999),
    "an endless name": header(16, 2**63),
    "a name longer than the file": header(16, 255),
    "an unknown type": header(56, 0x808),
    "a million dimensions": header(32, 10**6),
    "data of 16 EB": header(40, 2**64 - 1),
    "no data": header(40, 0),
    "only the beginning": lambda whole: whole[: len(whole) // 2],
    "without its last bytes": lambda whole: whole[:-9],
    "no Marian file": lambda whole: b"PK\x03\x04" + bytes(len(whole)),
    "ones": lambda whole: b"\xff" * len(whole),
}


@pytest.mark.parametrize("how", HOSTILE)
def test_a_hostile_file_is_one_sentence_and_no_large_allocation(tmp_path: Path, how: str) -> None:
    file = write(tmp_path, "enfr") / MODEL
    whole = file.read_bytes()
    file.write_bytes(HOSTILE[how](whole))
    model = load(tmp_path)
    tracemalloc.start()
    try:
        with pytest.raises(ModelError) as raised:
            translated(model, ["the lion"])
        assert tracemalloc.get_traced_memory()[1] < 8 * len(whole) + 1_000_000
    finally:
        tracemalloc.stop()
    assert "\n" not in raised.value.sentence
    assert raised.value.hint


ODD: dict[str, dict[str, tuple[int, tuple[int, ...], bytes] | None]] = {
    "a tensor is missing": {"decoder_l1_rnn_Wf": None},
    "a matrix of another shape": {"encoder_l1_self_Wq": (INTGEMM8, (2, 2), bytes(8))},
    "a shape of two milliards": {"encoder_l1_self_bq": (FLOAT32, (1, 2**31 - 1), bytes(32))},
    "a negative shape": {"encoder_l1_self_bq": (FLOAT32, (-1, -8), bytes(32))},
    "a scale of zero": {"encoder_l1_self_Wq": (INTGEMM8, (8, 8), bytes(68))},
    "a scale that is no number": {
        "encoder_l1_self_Wq": (INTGEMM8, (8, 8), bytes(64) + struct.pack("<f", float("nan")))
    },
    "an embedding of 2^60 words": {
        "Wemb": (INTGEMM8, (2**30, 2**30), bytes(484)),
    },
    "another vocabulary": {
        "Wemb": tensors(20)["Wemb"],
        "decoder_ff_logit_out_b": tensors(20)["decoder_ff_logit_out_b"],
    },
    "no configuration": {"special:model.yml": None},
    "a configuration that is no YAML": {"special:model.yml": (0x101, (5,), b"a: [\0")},
    "a configuration without a mapping": {"special:model.yml": (0x101, (5,), b"- 1\n\0")},
    "a million layers": {
        "special:model.yml": tensors(20, {**CONFIG, "enc-depth": 10**6})["special:model.yml"]
    },
    "heads that do not divide the width": {
        "special:model.yml": tensors(20, {**CONFIG, "transformer-heads": 3})["special:model.yml"]
    },
    "another decoder": {
        "special:model.yml": tensors(20, {**CONFIG, "dec-cell": "gru"})["special:model.yml"]
    },
}


@pytest.mark.parametrize("how", ODD)
def test_a_file_that_is_no_model_of_the_family_is_one_sentence(tmp_path: Path, how: str) -> None:
    model = load(write(tmp_path, "enfr", ODD[how]))
    with pytest.raises(ModelError) as raised:
        translated(model, ["the lion"])
    assert raised.value.hint


def test_a_broken_vocabulary_is_one_sentence(tmp_path: Path) -> None:
    (write(tmp_path, "enfr") / "vocab.enfr.spm").write_bytes(b"\xff" * 100)
    with pytest.raises(ModelError, match="no SentencePiece vocabulary"):
        translated(load(tmp_path), ["the lion"])


LIGHT = """
import sys
from pathlib import Path
from pipelines.engines import engine
from pipelines.settings import Settings
model = engine("marian").load(Path(sys.argv[1]), "", Settings())
assert list(model.translate(["the lion"], source="en", target="fr", num_beams=1))
print(sorted({"torch", "transformers", "openvino"} & set(sys.modules)))
"""


def test_translating_imports_neither_torch_nor_transformers(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIGHT, str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.strip() == "[]", done.stderr
