"""The language of a text, told only where it is sure."""

import pytest

from pipelines.language_identification import note_if_foreign, other_language
from pipelines.run import Run

SENTENCES = {
    "en": "Two children are playing in the snow while their parents watch them.",
    "fr": "Deux enfants jouent dans la neige pendant que leurs parents les regardent.",
    "de": "Zwei Kinder spielen im Schnee, während ihre Eltern ihnen zusehen.",
    "es": "Dos niños juegan en la nieve mientras sus padres los miran.",
    "pt": "Duas crianças brincam na neve enquanto os pais olham para elas.",
    "it": "Due bambini giocano nella neve mentre i genitori li guardano.",
    "ru": "Двое детей играют в снегу, а родители смотрят на них.",
    "zh": "两个孩子在雪地里玩耍，他们的父母在一旁看着。",
    "ja": "二人の子供が雪の中で遊んでいて、両親が見守っています。",
    "ar": "يلعب طفلان في الثلج بينما يراقبهما والداهما.",
}


@pytest.mark.parametrize("said", SENTENCES)
@pytest.mark.parametrize("code", SENTENCES)
def test_it_is_told_when_it_is_not_what_was_said(code: str, said: str) -> None:
    alike = {code, said} == {"zh", "ja"}
    expected = None if code == said or alike else code
    assert other_language(SENTENCES[code], said) == expected


@pytest.mark.parametrize("text", ["", "123", "OK", "Merci beaucoup!", "🎉" * 40])
def test_of_little_text_nothing_is_told(text: str) -> None:
    assert other_language(text, "ru") is None


def test_half_a_character_in_a_text_is_no_obstacle() -> None:
    assert other_language(f"{SENTENCES['fr']} \ud83d", "en") == "fr"


def test_a_model_of_one_language_says_that_it_does_not_know_another() -> None:
    def told(text: str, languages: list[str]) -> list[str]:
        with Run().active() as run:
            note_if_foreign(["", text], languages)
        return run.notes

    french = "The text looks like French, and this model knows English."
    assert told(SENTENCES["fr"], ["en"]) == [french]
    for known in (["fr"], ["en", "fr"], ["multilingual"], []):
        assert told(SENTENCES["fr"], known) == []


@pytest.mark.parametrize("said", ["fr-FR", "FR", "fr_CA", "fra"])
def test_what_was_said_may_be_written_in_any_way(said: str) -> None:
    assert other_language(SENTENCES["fr"], said) is None
