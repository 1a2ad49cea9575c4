"""translation with each family's own way to name the target language."""

import re
from collections.abc import Sequence
from itertools import pairwise

import pytest

from pipelines import Playground
from pipelines.capabilities import TextStreams, Translate
from pipelines.errors import InputError
from pipelines.inputs import Text
from pipelines.run import Run
from pipelines.settings import Settings
from pipelines.text.spans import Span
from pipelines.text.translation import translation
from pipelines.text.verbatim import STAND_INS

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


@pytest.mark.parametrize("target", ["fr", "FR", "fra"])
def test_the_same_language_twice_is_refused(tiny: Playground, target: str) -> None:
    with pytest.raises(InputError, match="the same language"):
        tiny.run(TASK, {"text": TEXT}, "t5", {"source": "fr", "target": target})


@pytest.mark.parametrize("target", ["FR", "fr-FR", "fr_FR", "fr-CA", "fra"])
def test_a_language_may_be_written_in_any_way(tiny: Playground, target: str) -> None:
    plain = tiny.run(TASK, {"text": TEXT}, "nllb", {"target": "fr"}).value
    assert tiny.run(TASK, {"text": TEXT}, "nllb", {"target": target}).value == plain


@pytest.mark.parametrize("language", ["klingon", "", None, "f"])
def test_a_language_nobody_offers_is_refused(tiny: Playground, language: object) -> None:
    with pytest.raises(InputError, match="target cannot be"):
        tiny.run(TASK, {"text": TEXT}, "t5", {"target": language})


def test_beams_give_one_whole_translation(tiny: Playground) -> None:
    answer = tiny.run(TASK, {"text": TEXT}, "t5", {"num_beams": 2})
    assert isinstance(answer.value["translation_text"], str)


class Shouting(Translate):
    """Translates into capitals, a word at a time, and remembers what it was asked."""

    def __init__(self, longest: int = 1000) -> None:
        self.longest = longest
        self.asked: list[str] = []

    def reads_whole(self, sentence: str) -> bool:
        return len(sentence) <= self.longest

    def translate(
        self, sentences: Sequence[str], *, source: str, target: str, num_beams: int
    ) -> TextStreams:
        for index, sentence in enumerate(sentences):
            self.asked.append(sentence)
            for piece in self.written(sentence):
                yield index, piece

    def written(self, sentence: str) -> list[str]:
        """The pieces of one sentence's translation."""
        return [f" {word.upper()}" for word in sentence.split(" ")]


def shouted(model: Shouting, text: str, target: str = "fr") -> str:
    return list(translation(model, text, target=target))[-1]["translation_text"]


@pytest.mark.parametrize(
    "text",
    [
        "One. Two! Three?",
        "First paragraph. It ends.\n\nSecond one.\n\n\nThird one.",
        "Title\r\nText of it. More.\r\nLast",
        "Lines\rof an old\rcomputer",
        "- apples\n- pears\n\n1. one\n2. two\n* [X] done",
        "  Indented.\n\tTabbed.  Two spaces.",
        "***\n12:45\n---\nText.",
        "A long line of a letter that somebody has wrapped\nat a width of his own.",
    ],
)
def test_all_but_the_sentences_stays_as_it_is(text: str) -> None:
    assert shouted(Shouting(), text) == text.strip().upper()


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", "\n\n", "\r\n\r\n", "\r\r"])
def test_the_line_ends_of_a_text_as_it_was_given_stay(line_end: str, settings: Settings) -> None:
    given = line_end.join(["", "One. Two.", "Three.", "- four", ""])
    read = Text().read(given, settings)
    assert shouted(Shouting(), read) == given.upper().strip()


def test_a_wrapped_sentence_is_wrapped_at_the_same_shares_of_its_words() -> None:
    span = Span("", "One two\nthree four\nfive six.", "", ((1 / 3, "\n"), (2 / 3, "\n")))
    assert span.whole("un deux trois quatre cinq six.") == "un deux\ntrois quatre\ncinq six."


def test_a_long_text_is_searched_for_its_line_ends_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Searching 2 MB for each piece took 9 of 15 seconds of the processor from the page."""
    asked: list[str] = []

    def given(text: str) -> str:
        asked.append(text)
        return text

    monkeypatch.setattr("pipelines.text.translation.given_text", given)
    assert len(list(translation(Shouting(), "One two three.\nFour five."))) > 3
    assert len(asked) == 1


def test_each_sentence_is_translated_alone_and_in_order() -> None:
    model = Shouting()
    text = "Dr. Smith paid $3.50. He left.\n\n- Then Ms. Jones came."
    growing = [one["translation_text"] for one in translation(model, text)]
    assert model.asked == ["Dr. Smith paid $3.50.", "He left.", "Then Ms. Jones came."]
    assert all(later.startswith(one.rstrip()) for one, later in pairwise(growing))
    assert len(set(growing)) >= 9


def test_capitals_are_translated_in_small_letters() -> None:
    class Exact(Shouting):
        def written(self, sentence: str) -> list[str]:
            return [sentence]

    model = Exact()
    text = "DO NOT OPEN! NASA. MAY I COME AT 5 PM? I may."
    assert shouted(model, text) == text
    assert model.asked == ["Do not open!", "NASA.", "May I come at 5 pm?", "I may."]


def test_what_has_no_letters_is_not_translated() -> None:
    model = Shouting()
    assert shouted(model, "Call me.\n\n+49 30 123456\n*****") == "CALL ME.\n\n+49 30 123456\n*****"
    assert model.asked == ["Call me."]


def test_a_long_sentence_is_split_at_its_clauses_rather_than_cut() -> None:
    model = Shouting(longest=20)
    text = "When he came home, he saw nobody; so he sat down and read and read and read."
    assert shouted(model, text) == text.upper()
    assert model.asked[:3] == ["When he came home,", "he saw nobody;", "so he sat down and"]


def test_chinese_has_no_spaces_between_its_sentences() -> None:
    assert shouted(Shouting(), "Hello. Bye.\nNo.", target="zh") == "HELLO.BYE.\nNO."
    assert list(translation(Shouting(), "你好。再见。", source="zh", target="en"))[-1] == {
        "translation_text": "你好。 再见。"
    }


@pytest.mark.parametrize(
    ("text", "source", "said"),
    [
        ("Le renard brun saute par-dessus le chien paresseux.", "en", "French, not English"),
        ("Der schnelle braune Fuchs springt über den Hund.", "en-GB", "German, not"),
        ("今日はとても天気がいいですね。", "en", "Japanese, not English"),
        ("The quick brown fox jumps over the lazy dog.", "EN", None),
        ("Bonjour", "en", None),
        ("John Smith, Paris, 10 January 2020", "fr", None),
        ("Det er en fin dag i dag, og jeg er glad.", "nb", None),
    ],
)
def test_a_text_in_another_language_is_noticed(text: str, source: str, said: str | None) -> None:
    with Run().active() as run:
        list(translation(Shouting(), text, source=source, target="it"))
    assert bool(run.notes) == bool(said)
    assert not said or said in run.notes[0]


@pytest.mark.parametrize("num_beams", [1, 3])
@pytest.mark.parametrize("model", ["marian", "m2m100"])  # the tiny T5 writes padding only
def test_sentences_of_one_text_are_translated_as_they_are_alone(
    tiny: Playground, model: str, num_beams: int
) -> None:
    sentences = ["The lion sleeps.", "Two birds sing above him.", "Paris is the capital!"]
    options = {"num_beams": num_beams}
    alone = [
        tiny.run(TASK, {"text": one}, model, options).value["translation_text"] for one in sentences
    ]
    together = tiny.run(TASK, {"text": "\n".join(sentences)}, model, options).value
    assert together["translation_text"] == "\n".join(alone)


class Careless(Shouting):
    """Changes nothing but what a translation is to keep: addresses, names of programs, numbers."""

    def written(self, sentence: str) -> list[str]:
        changed = re.sub(r"(\d)\.(\d)", r"\1,\2", sentence)
        return [changed.replace("_", " ").replace("example", "exemple")]


@pytest.mark.parametrize(
    "text",
    [
        "It costs 3.50 now. It cost 2.25 in 2019.",
        "See https://example.org/a_b for more, or ask ada@example.org.",
        "Here is how:\nmax_length = 5\nSet max_length to 1.5 there.",
        "Do it so.\n\n```python\nthe_example = 1.5\n```\n\nThat was all.",
    ],
)
def test_addresses_code_and_numbers_come_through_unchanged(text: str) -> None:
    assert shouted(Careless(), text) == text


class Forgetful(Careless):
    """Leaves names out."""

    def written(self, sentence: str) -> list[str]:
        return [re.sub("|".join(STAND_INS), "", piece) for piece in super().written(sentence)]


HELP = "Hello there. Ask ada@example.org for help.\n\nada@example.org\nprint('example')"


def test_names_stand_for_what_was_lost_so_that_its_sentence_stays_whole() -> None:
    model = Careless()
    assert shouted(model, HELP) == HELP
    asked = [f"Ask {name} for help." for name in STAND_INS]
    assert model.asked == ["Hello there.", "Ask ada@example.org for help.", *asked]


def test_where_names_are_lost_too_the_words_around_are_asked_for_alone() -> None:
    model = Forgetful()
    assert shouted(model, HELP) == HELP
    assert model.asked[-2:] == ["Ask", "for help."]


def test_a_part_of_a_sentence_becomes_no_sentence_of_its_own() -> None:
    class Whole(Forgetful):
        """Writes each text as a sentence."""

        def written(self, sentence: str) -> list[str]:
            pieces = super().written(sentence)
            return [piece[:1].upper() + piece[1:].rstrip(".") + "." for piece in pieces]

    assert shouted(Whole(), "Ask ada@example.org for help.") == "Ask ada@example.org for help."
