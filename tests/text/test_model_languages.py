"""A translation model's languages: told from its files, offered in the tab, named in errors."""

import json
from pathlib import Path

import pytest

from components.model_options import offered
from pipelines import Playground
from pipelines.engines.transformers.languages import languages
from pipelines.errors import InputError
from pipelines.inputs.options import Language
from pipelines.registry import task

TASK = "translation"
TEXT = "the lion sleeps"


def folder(path: Path, kind: str, tokens: list[str], **facts: object) -> Path:
    config = {"model_type": kind, **facts}
    (path / "config.json").write_text(json.dumps(config), "utf-8")
    told = {"additional_special_tokens": tokens}
    (path / "special_tokens_map.json").write_text(json.dumps(told), "utf-8")
    return path


@pytest.mark.parametrize(
    ("kind", "tokens", "code", "token"),
    [
        ("m2m_100", ["fra_Latn", "zho_Hans", "zho_Hant"], "zh-Hant", "zho_Hant"),
        ("m2m_100", ["fra_Latn", "zho_Hans", "zho_Hant"], "zh", "zho_Hans"),
        ("m2m_100", ["acm_Arab", "arb_Arab", "ary_Arab"], "ar", "arb_Arab"),
        ("m2m_100", ["lvs_Latn", "swh_Latn"], "sw", "swh_Latn"),
        ("m2m_100", ["__fr__", "__jv__"], "jv", "__jv__"),
        ("mbart", ["en_XX", "zh_CN", "he_IL"], "he", "he_IL"),
        ("marian", [">>fra<<", ">>ita<<"], "it", ">>ita<<"),
        ("t5", [], "ro", "Romanian"),
    ],
)
def test_a_code_stands_for_the_models_own_mark(
    tmp_path: Path, kind: str, tokens: list[str], code: str, token: str
) -> None:
    assert languages(folder(tmp_path, kind, tokens)).target[code] == token


def test_a_marian_pair_is_told_by_its_tokenizer_or_its_name(tmp_path: Path) -> None:
    plain = folder(tmp_path, "marian", [])
    assert not languages(plain).target
    told = {"source_lang": "en", "target_lang": "fr"}
    (plain / "tokenizer_config.json").write_text(json.dumps(told), "utf-8")
    assert (list(languages(plain).source), list(languages(plain).target)) == (["en"], ["fr"])
    named = folder(tmp_path, "marian", [], _name_or_path="Helsinki-NLP/opus-mt-de-es")
    assert (list(languages(named).source), list(languages(named).target)) == (["de"], ["es"])


def test_files_of_another_kind_tell_nothing(tmp_path: Path) -> None:
    assert not languages(folder(tmp_path, "llama", ["fr_XX"])).target
    assert not languages(tmp_path / "nowhere").target


def test_an_error_names_the_languages_that_the_model_knows(tiny: Playground) -> None:
    with pytest.raises(InputError, match=r"does not write Italian. It writes en, fr, de, es"):
        tiny.run(TASK, {"text": TEXT}, "nllb", {"target": "it"})
    for strange in ("xx", "en-us-us"):
        with pytest.raises(InputError, match=rf"does not write the language '{strange}'. It wri"):
            tiny.run(TASK, {"text": TEXT}, "nllb", {"target": strange})
        with pytest.raises(InputError, match=rf"target cannot be '{strange}'. Send a lang"):
            tiny.run(TASK, {"text": TEXT}, "llama-chat", {"target": strange})
    with pytest.raises(InputError, match=r"does not read Italian. It reads en, fr, de, ro"):
        tiny.run(TASK, {"text": TEXT}, "t5", {"source": "it"})


def test_a_language_may_be_written_as_the_model_does(tiny: Playground) -> None:
    as_code = tiny.run(TASK, {"text": TEXT}, "nllb", {"source": "en", "target": "de"}).value
    as_mark = tiny.run(TASK, {"text": TEXT}, "nllb", {"source": "eng", "target": "deu_Latn"}).value
    assert as_code == as_mark


@pytest.mark.parametrize(
    ("model", "codes"),
    [("nllb", ["en", "fr", "de", "es"]), ("t5", ["en", "fr", "de", "ro"]), ("gguf", None)],
)
def test_the_tab_offers_what_the_model_has(
    tiny: Playground, model: str, codes: list[str] | None
) -> None:
    spec = next(p for p in task(TASK).options if p.name == "target").spec
    assert isinstance(spec, Language)
    assert offered(spec, model, task(TASK), tiny) == (codes or list(spec.choices))


def test_of_a_model_that_is_not_here_the_catalogues_languages_are_offered(
    playground: Playground,
) -> None:
    spec = next(p for p in task(TASK).options if p.name == "target").spec
    assert isinstance(spec, Language)
    entry = next(
        e
        for e in playground.catalogue.for_task(TASK)
        if len(e.languages) > 1 and not playground.store.local(e)
    )
    assert offered(spec, entry.name, task(TASK), playground) == list(entry.languages)
