"""The bundled sentiment starter on the sixty everyday sentences."""

from pathlib import Path

from pipelines import Playground
from starters.sentiment import evaluate

FOLDER = Path(__file__).parents[2] / "assets" / "starters" / "sentiment"


def test_everyday_sentences_are_judged_right(playground: Playground, starters: object) -> None:
    (figure,) = evaluate(playground, None)
    assert figure.cases == 60
    assert figure.reached


def test_only_what_was_trained_is_bundled() -> None:
    files = {file.name for file in FOLDER.iterdir()}
    assert files == {
        "adapter_config.json",
        "adapter_model.safetensors",
        "config.json",
        "MODEL_CARD.md",
    }
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < 2_000_000


def test_the_adapters_are_merged_as_peft_does(playground: Playground, starters: object) -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    from pipelines.engines import engine
    from pipelines.engines.transformers.model import TransformersModel

    backbone = playground.store.get(playground.catalogue["all-minilm-l6-v2"])
    config = BertConfig.from_pretrained(FOLDER)
    theirs = BertForSequenceClassification.from_pretrained(
        backbone, config=config, dtype=torch.float32
    )
    theirs = PeftModel.from_pretrained(theirs, FOLDER).eval()
    ours = engine("transformers").load(
        FOLDER, "AutoModelForSequenceClassification", playground.settings, backbone
    )
    assert isinstance(ours, TransformersModel)
    inputs = AutoTokenizer.from_pretrained(backbone)("not bad at all", return_tensors="pt")
    with torch.inference_mode():
        torch.testing.assert_close(
            ours.model(**inputs).logits, theirs(**inputs).logits, atol=1e-4, rtol=0
        )
