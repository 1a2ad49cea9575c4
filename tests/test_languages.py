"""Names and codes of languages."""

from langcodes import Language, standardize_tag

from pipelines.languages import NAMES, WHISPER, code_of, name


def test_the_names_written_down_are_those_of_cldr() -> None:
    assert len(WHISPER) == 100
    assert {code: Language.get(str(code_of(code))).display_name() for code in WHISPER} == NAMES


def test_the_codes_written_down_are_those_of_cldr() -> None:
    # "jw" was never in CLDR, only in Java and Whisper.
    known = [code for code in WHISPER if code != "jw"]
    assert [code_of(code) for code in known] == [standardize_tag(c, macro=True) for c in known]


def test_other_languages_are_named_too() -> None:
    assert [name(code) for code in ("ast", "zh-Hant")] == ["Asturian", "Chinese (Traditional)"]


def test_a_code_is_found_however_it_is_written() -> None:
    written = ("fra", "fra_Latn", "jw", "zho_Hant", "no language")
    assert [code_of(one) for one in written] == ["fr", "fr", "jv", "zh-Hant", None]
