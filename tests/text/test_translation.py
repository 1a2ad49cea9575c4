"""translation with each family's own way to name the target language."""

import pytest

from pipelines import Playground
from pipelines.errors import InputError

TASK = "translation"
TEXT = "the lion sleeps"


@pytest.mark.parametrize("model", ["t5", "marian", "marian-spm", "nllb", "mbart50", "m2m100"])
def test_it_writes_what_transformers_generates(tiny: Playground, model: str) -> None:
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    folder = tiny.store.local(tiny.catalogue[model])
    tokenizer = AutoTokenizer.from_pretrained(folder)
    loaded = AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
    text, options = TEXT, {}
    if model == "t5":
        text = "translate English to French: " + TEXT
    elif model == "marian-spm":
        text = f">>fra<< {TEXT}"
    elif model == "m2m100":
        tokenizer.src_lang = "en"
        options = {"forced_bos_token_id": tokenizer.get_lang_id("fr")}
    elif model in {"nllb", "mbart50"}:
        english, french = {"nllb": ("eng_Latn", "fra_Latn"), "mbart50": ("en_XX", "fr_XX")}[model]
        tokenizer.src_lang = english
        options = {"forced_bos_token_id": tokenizer.convert_tokens_to_ids(french)}
    positions = getattr(loaded.config, "max_position_embeddings", None) or 512
    longest = min(512, min(positions, tokenizer.model_max_length) - 1)
    made = loaded.generate(
        **tokenizer(text, return_tensors="pt"), num_beams=1, max_new_tokens=longest, **options
    )
    theirs = tokenizer.decode(made[0], skip_special_tokens=True).strip()
    ours = tiny.run(TASK, {"text": TEXT}, model).value
    assert ours == {"translation_text": theirs}


def test_the_same_language_twice_is_refused(tiny: Playground) -> None:
    with pytest.raises(InputError, match="the same language"):
        tiny.run(TASK, {"text": TEXT}, "t5", {"source": "fr", "target": "fr"})


@pytest.mark.parametrize("language", ["klingon", "", None, "FR"])
def test_a_language_nobody_offers_is_refused(tiny: Playground, language: object) -> None:
    with pytest.raises(InputError, match="target cannot be"):
        tiny.run(TASK, {"text": TEXT}, "t5", {"target": language})


def test_beams_give_one_whole_translation(tiny: Playground) -> None:
    answer = tiny.run(TASK, {"text": TEXT}, "t5", {"num_beams": 2})
    assert isinstance(answer.value["translation_text"], str)
