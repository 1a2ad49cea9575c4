"""The calls that the course's cards show run on transformers 5 as they are written, on tiny models
in the place of those that they name."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from components.course.cards import Card, sections
from components.examples import FOLDER as EXAMPLES
from tests.tiny import build

CARDS = [card for section in sections() for card in section.cards if card.code]
TINY = {
    "distilbert/distilbert-base-uncased-finetuned-sst-2-english": "distilbert",
    "facebook/bart-large-mnli": "bart-nli",
    "openai-community/gpt2": "gpt2",
    "HuggingFaceTB/SmolLM2-360M": "llama-chat",
    "distilbert/distilroberta-base": "roberta-fill-mask",
    "google-bert/bert-base-cased": "bert-fill-mask",
    "google-bert/bert-base-uncased": "bert-fill-mask",
    "dbmdz/bert-large-cased-finetuned-conll03-english": "bert-token-classification",
    "vblagoje/bert-english-uncased-finetuned-pos": "bert-token-classification",
    "distilbert/distilbert-base-cased-distilled-squad": "distilbert-question-answering",
    "sshleifer/distilbart-cnn-12-6": "bart",
    "Helsinki-NLP/opus-mt-fr-en": "marian",
    "facebook/m2m100_418M": "m2m100",
    "google/vit-base-patch16-224": "vit",
    "openai/whisper-base": "whisper",
    "sentence-transformers/all-MiniLM-L6-v2": "bert-encoder",
    "hustvl/yolos-tiny": "yolos",
    "HuggingFaceTB/SmolVLM-256M-Instruct": "llava",  # its own processor needs torchvision
    "superb/wav2vec2-base-superb-ks": "wav2vec2-sequence-classification",
    "facebook/mms-tts-eng": "vits",
    "FacebookAI/roberta-large-mnli": "bert-nli",
}


@pytest.fixture(scope="module")
def folder_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    made: dict[str, str] = {}

    def get(hub_id: str) -> str:
        name = TINY[hub_id]
        if name not in made:
            made[name] = str(build(name, tmp_path_factory.mktemp(name)))
        return made[name]

    return get


@pytest.fixture
def tiny_hub(monkeypatch: pytest.MonkeyPatch, folder_of: Callable[[str], str]) -> None:
    """What the calls load by name comes from the folders of tiny models."""
    library = import_module("transformers")  # the one that `from transformers import` finds
    pipeline = library.pipeline

    def small(task: str, model: str, **options: Any) -> Any:
        return pipeline(task, model=folder_of(model), **options)

    monkeypatch.setattr(library, "pipeline", small)
    for name in ("AutoTokenizer", "AutoModelForQuestionAnswering", "AutoModelForSeq2SeqLM"):
        real = getattr(library, name)

        def loaded(name: str, real: Any = real, **options: Any) -> Any:
            return real.from_pretrained(folder_of(name), **options)

        monkeypatch.setattr(
            library, name, type(name, (), {"from_pretrained": staticmethod(loaded)})
        )


@pytest.mark.slow
@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.id)
def test_the_call_runs(
    card: Card,
    tiny_hub: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(EXAMPLES)
    exec(compile(card.code, f"card {card.id}", "exec"), {"__name__": "__main__"})
    assert capsys.readouterr().out


def test_every_model_of_the_calls_has_a_tiny_one_in_its_place() -> None:
    for card in CARDS:
        assert any(f'"{name}"' in card.code for name in TINY), card.id
        assert Path(EXAMPLES).is_dir()


def test_what_the_cards_say_of_default_models_is_so() -> None:
    from transformers.pipelines import SUPPORTED_TASKS

    defaults = {task: facts["default"]["model"] for task, facts in SUPPORTED_TASKS.items()}
    named = [card for card in CARDS if "is the default of transformers 5" in card.changed]
    assert len(named) >= 2
    for card in named:
        assert f'"{defaults[str(card.open["task"])][0]}"' in card.code, card.id
    assert "SmolLM3-3B" in defaults["text-generation"][0]
    assert "detr-" in defaults["object-detection"][0]
    gone = {"question-answering", "summarization", "translation", "image-to-text"}
    assert not gone & set(SUPPORTED_TASKS)
