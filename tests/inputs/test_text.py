"""Text, labels, messages and options: what is bad is said, what is odd works."""

import math
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pipelines.errors import InputError
from pipelines.inputs import (
    Choice,
    Flag,
    Labels,
    Language,
    Line,
    Messages,
    Number,
    Text,
    Words,
)
from pipelines.inputs.text import _letters, as_given, clean
from pipelines.languages import WHISPER, closest
from pipelines.run import Run
from pipelines.settings import Settings

EMPTY = ["", "   ", "\n\t ", "\x00\x01\x1b", "\x7f", "\ud800", "\u200b\u200b", "\ufeff", "\u2028"]


@pytest.mark.parametrize("value", EMPTY, ids=repr)
def test_text_without_anything_to_read_is_empty(value: str, settings: Settings) -> None:
    with pytest.raises(InputError, match="The text is empty"):
        Text().read(value, settings)


@pytest.mark.parametrize("value", [None, 3, 1.5, True, ["a"], {"text": "a"}], ids=repr)
def test_what_is_no_text_is_refused(value: Any, settings: Settings) -> None:
    with pytest.raises(InputError, match="must be text"):
        Text().read(value, settings)


@pytest.mark.parametrize("value", ["😀", "🎉🎉🎉", "👩‍👩‍👧", "…!?", "→ ★"])
def test_emoji_are_text_unless_words_are_needed(value: str, settings: Settings) -> None:
    assert Text().read(value, settings) == value
    with pytest.raises(InputError, match="no words in it"):
        Text(words=True).read(value, settings)


@pytest.mark.parametrize("end", ["\r", "\r\n", "\v", "\f", "\x85", "\u2028", "\u2029"], ids=repr)
def test_every_kind_of_line_end_is_a_line_feed(end: str, settings: Settings) -> None:
    assert Text().read(f"one{end}two", settings) == "one\ntwo"


@pytest.mark.parametrize("control", ["\x00", "\x07", "\x1b", "\x7f", "\x9c", "\ud83d"], ids=repr)
def test_a_control_character_between_words_is_a_space(control: str, settings: Settings) -> None:
    assert Text().read(f" one{control}two\tthree ", settings) == "one two\tthree"


def test_what_decoders_write_for_no_character_is_a_space(settings: Settings) -> None:
    assert Text().read("one\ufffdtwo", settings) == "one two"


@pytest.mark.parametrize("drawing", ["\ufeff", "\u00ad", "\u202e", "\u202c", "\u2066"], ids=repr)
def test_what_only_steers_drawing_parts_no_word(drawing: str, settings: Settings) -> None:
    assert Text().read(f"{drawing}in{drawing}formation", settings) == "information"


@pytest.mark.parametrize(
    "value",
    [
        "Grüße",
        "日本語のテキスト",
        "مرحبا\u200f!",
        "👩\u200d👩\u200d👧 family",
        "क्\u200dष",  # Devanagari, with the joiner that keeps the letters apart
        "می\u200cخواهم",  # Persian, with a non-joiner
    ],
)
def test_every_script_comes_through_unchanged(value: str, settings: Settings) -> None:
    assert Text(words=True).read(value, settings) == value


def test_letters_with_marks_are_nfc(settings: Settings) -> None:
    assert Text().read("cafe\u0301", settings) == "caf\u00e9"
    assert Line("Help").read("name", "cafe\u0301", settings) == "caf\u00e9"
    assert Labels().read(["cafe\u0301", "caf\u00e9"], settings) == ["caf\u00e9"]
    [message] = Messages().read("cafe\u0301", settings)
    assert message["content"] == "caf\u00e9"


@pytest.mark.parametrize(
    "given",
    [
        "  Ada Lovelace met Charles",
        "\ufeffAda Love\u00adlace met Charles",
        "cafe\u0301\r\nAda Lovelace met Ele\u0301onore",
        "\u1112\u1161\u11ab Ada\x00Lovelace",  # Hangul written in its parts
        "e\u00ad\u0301 Ada\u202e Lovelace",
        "👩\u200d👧 Ada Lovelace",
    ],
    ids=ascii,
)
def test_offsets_count_characters_of_the_text_as_given(given: str, settings: Settings) -> None:
    read = Text().read(given, settings)
    for word in read.split():
        start = read.index(word)
        first, last = as_given(read, start, start + len(word))
        assert clean(given[first:last]) == word
    start, end = as_given(read, 0, len(read))
    assert clean(given[start:end]) == read


def test_no_more_of_a_text_is_looked_at_letter_by_letter_than_counts(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, looked_at = replace(settings, max_characters=20), list[int]()

    def letters(text: str) -> list[tuple[int, int]]:
        looked_at.append(len(text))
        return _letters(text)

    monkeypatch.setattr("pipelines.inputs.text._letters", letters)
    given = " " * 1000 + "cafe\u0301 Ada " * 1000
    read = Text().read(given, few)
    start, end = as_given(read, read.index("Ada"), read.index("Ada") + 3)
    assert given[start:end] == "Ada"
    assert looked_at == [40]


def test_an_empty_span_lies_where_it_lay(settings: Settings) -> None:
    read = Text().read("  Ada e\u0301t", settings)
    assert [as_given(read, n, n) for n in (0, 4, 5, 6)] == [(2, 2), (6, 6), (8, 8), (9, 9)]


def test_offsets_of_a_text_that_was_not_changed_stay(settings: Settings) -> None:
    assert as_given(Text().read("Ada met Bob", settings), 8, 11) == (8, 11)
    assert as_given("any text", 4, 8) == (4, 8)
    exact = Text(exact=True).read("  Ada\x00 ", settings)
    assert exact == "  Ada  "
    assert as_given(exact, 2, 5) == (2, 5)


def test_a_text_over_the_limit_is_cut_and_said_so(settings: Settings) -> None:
    with Run().active() as run:
        assert Text().read("ab" * 15_000, settings) == "ab" * 10_000
    assert run.notes == ["Only the first 20,000 of 30,000 characters count."]


def test_a_text_that_must_not_be_cut_is_refused_over_the_limit(settings: Settings) -> None:
    with pytest.raises(InputError, match=r"has 30,000 characters; 20,000 are the limit"):
        Text(cut=False).read("ab" * 15_000, settings)


def test_the_limit_is_a_setting(settings: Settings) -> None:
    assert Text().read("abcdef", replace(settings, max_characters=3)) == "abc"


def test_a_text_is_not_cut_within_an_emoji(settings: Settings) -> None:
    family = "👩\u200d👩\u200d👧"
    with Run().active() as run:
        few = replace(settings, max_characters=8)
        assert Text().read(f"ab{family}{family}", few) == f"ab{family}"
    assert run.notes == ["Only the first 7 of 12 characters count."]


@pytest.mark.parametrize("value", [None, [], "", " , ,", [""], ["  ", "\x00"]], ids=repr)
def test_no_labels_are_refused(value: Any, settings: Settings) -> None:
    with pytest.raises(InputError, match="no candidate labels"):
        Labels().read(value, settings)


def test_two_hundred_labels_are_refused_with_the_limit(settings: Settings) -> None:
    with pytest.raises(InputError, match="200 labels are too many; 100 are the limit"):
        Labels().read([f"label {n}" for n in range(200)], settings)


def test_two_hundred_doubles_are_one_label(settings: Settings) -> None:
    assert Labels().read(["sport"] * 200, settings) == ["sport"]


def test_doubles_count_once_in_the_order_they_came(settings: Settings) -> None:
    assert Labels().read(["b", " a ", "b", "a\x00"], settings) == ["b", "a"]


def test_a_label_in_a_list_may_have_commas(settings: Settings) -> None:
    assert Labels().read(["food, drink", "sport"], settings) == ["food, drink", "sport"]


def test_a_single_string_is_split_at_commas(settings: Settings) -> None:
    assert Labels().read("food, drink,", settings) == ["food", "drink"]


@pytest.mark.parametrize("value", [3, {"a": 1}, [1, 2], ["a", None], [["a"]]], ids=repr)
def test_labels_that_are_no_texts_are_refused(value: Any, settings: Settings) -> None:
    with pytest.raises(InputError, match="must be a list of texts"):
        Labels().read(value, settings)


def test_a_prompt_is_one_message_of_the_user(settings: Settings) -> None:
    assert Messages().read(" Hi ", settings) == [{"role": "user", "content": "Hi"}]


def test_parts_of_a_message_are_joined(settings: Settings) -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}]
    for given in (parts, ["a", {"text": "b"}]):
        assert (
            Messages().read([{"role": "user", "content": given}], settings)[0]["content"] == "a\nb"
        )


PICTURE = "data:image/gif;base64,R0lGODdhAQABAIAAAP///////ywAAAAAAQABAAACAkQBADs="


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image", "image": PICTURE},
        {"type": "image", "url": PICTURE},
        {"url": PICTURE},
        {"type": "image_url", "image_url": {"url": PICTURE}},
        {"type": "image_url", "image_url": PICTURE},
        {"type": "image", "base64": PICTURE.partition(",")[2]},
    ],
    ids=lambda part: str(part)[:45],
)
def test_a_picture_in_a_message_is_seen_however_a_client_writes_it(
    part: dict[str, Any], settings: Settings
) -> None:
    content = [{"type": "text", "text": "What is this?"}, part]
    [message] = Messages().read([{"role": "user", "content": content}], settings)
    assert message["content"] == "What is this?"
    assert [image.size for image in message["images"]] == [(1, 1)]


@pytest.mark.parametrize(
    "value",
    [None, "", 5, [], [{}], ["a"], [{"role": "pirate", "content": "a"}], [{"role": "user"}]],
    ids=repr,
)
def test_a_prompt_that_asks_nothing_is_refused(value: Any, settings: Settings) -> None:
    with pytest.raises(InputError):
        Messages().read(value, settings)


def test_a_prompt_over_the_limit_is_refused_and_not_cut(settings: Settings) -> None:
    with pytest.raises(InputError, match="20,000 are the limit"):
        Messages().read("a" * 20_001, settings)


WHOLE = Number("", 1, 10)
SHARE = Number("", 0, 1, 0.05)
STRANGE = [math.nan, "3", True, None, [1], {}, 10**400, -(10**400)]


@pytest.mark.parametrize("value", [*STRANGE, math.inf, -math.inf, 0, 11, 2.5, -1], ids=repr)
def test_a_number_out_of_its_range_is_refused_with_the_range(
    value: Any, settings: Settings
) -> None:
    with pytest.raises(InputError, match="Choose from 1 to 10"):
        WHOLE.read("top_k", value, settings)


@pytest.mark.parametrize("value", [*STRANGE, math.inf, 1.0001, -0.01], ids=repr)
def test_a_fraction_out_of_its_range_is_refused(value: Any, settings: Settings) -> None:
    with pytest.raises(InputError, match="Choose from 0 to 1"):
        SHARE.read("threshold", value, settings)


def test_a_whole_number_may_be_sent_as_a_float(settings: Settings) -> None:
    read = WHOLE.read("top_k", 3.0, settings)
    assert (read, type(read)) == (3, int)


def test_an_optional_number_may_be_left_out(settings: Settings) -> None:
    assert Number("", 0, 1, optional=True).read("seed", None, settings) is None


@pytest.mark.parametrize("value", ["x", 3, None, True, ["en"]], ids=repr)
def test_a_choice_that_is_none_is_refused_with_the_choices(value: Any, settings: Settings) -> None:
    with pytest.raises(InputError, match="Choose from en, fr"):
        Choice("", ("en", "fr")).read("source", value, settings)


@pytest.mark.parametrize("value", ["fr-FR", "FR", "fr_ca", "fra", "French", "french"])
def test_a_language_may_be_written_otherwise(value: str, settings: Settings) -> None:
    spoken = Choice("", WHISPER, optional=True, meant=closest)
    assert spoken.read("language", value, settings) == "fr"
    named = Language("", (), lambda folder: []).read("target", value, settings)
    assert closest(named, ["de", "fr"]) == "fr"


@pytest.mark.parametrize("value", ["klingon", "xx", "f", "\x00", "fr\nFR", "x-" * 90, 5, ["fr"]])
def test_what_is_no_language_is_refused(value: Any, settings: Settings) -> None:
    with pytest.raises(InputError, match="language cannot be"):
        Choice("", WHISPER, optional=True, meant=closest).read("language", value, settings)


@pytest.mark.parametrize("value", [None, "", "auto"], ids=repr)
def test_an_optional_choice_may_be_left_to_the_model(value: Any, settings: Settings) -> None:
    assert Choice("", ("en", "fr"), optional=True).read("language", value, settings) is None


@pytest.mark.parametrize("value", ["true", 1, None, 0.0], ids=repr)
def test_a_flag_is_a_boolean(value: Any, settings: Settings) -> None:
    with pytest.raises(InputError, match="must be true or false"):
        Flag("").read("multi_label", value, settings)


@pytest.mark.parametrize("value", ["", "  ", None, 3, "x" * 201], ids=lambda v: repr(v)[:12])
def test_a_line_is_a_short_text(value: Any, settings: Settings) -> None:
    with pytest.raises(InputError, match="1 to 200 characters"):
        Line("").read("hypothesis_template", value, settings)


HUGE = "a\x00" * 1_000_000


def peak(call: Callable[[], object]) -> int:
    """Bytes of memory that a call took at its peak."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def refused(spec: Any, value: Any, settings: Settings) -> str:
    """The sentence; nothing that goes with the size of the value was done for it."""
    sentence = []

    def read() -> None:
        with pytest.raises(InputError) as error:
            spec.read(value, settings)
        sentence.append(str(error.value))

    assert peak(read) < 1_000_000
    assert len(sentence[0]) < 300
    return sentence[0]


def test_a_text_of_megabytes_is_cut_before_anything_looks_at_it(settings: Settings) -> None:
    with Run().active():
        assert peak(lambda: Text().read(HUGE, settings)) < 1_000_000
        assert Text().read(HUGE, settings) == "a " * 10_000
    assert "20,000 are the limit" in refused(Text(cut=False), HUGE, settings)


def test_spaces_before_a_text_do_not_count(settings: Settings) -> None:
    assert Text().read(" " * 100_000 + "a", settings) == "a"


@pytest.mark.parametrize("value", [[HUGE], ["a", "b" * 201], "a," + "b" * 201], ids=lambda v: v[:1])
def test_a_label_is_no_longer_than_a_line(value: Any, settings: Settings) -> None:
    assert "more than 200 characters" in refused(Labels(), value, settings)


@pytest.mark.parametrize("value", [["a"] * 1001, "a," * 1_000_000], ids=["list", "text"])
def test_labels_are_counted_before_they_are_read(value: Any, settings: Settings) -> None:
    assert "1000 labels are too many" in refused(Labels(), value, settings)


USER = {"role": "user", "content": "a"}


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ([USER] * 20_001, "20,001 messages are too many; 500 are the limit"),
        ([{**USER, "content": HUGE}, USER], "more than 200,000 characters"),
        ([{**USER, "content": "a" * 20_000}] * 11, "more than 200,000 characters"),
        ([{**USER, "content": [{"text": "a" * 20_000}] * 11}], "more than 200,000 characters"),
        ([{**USER, "content": [{"type": "text", "text": "a"}] * 101}], "more than 100 parts"),
        ([{**USER, "images": ["data:,"] * 21}], "more than 20 pictures"),
        ([{**USER, "images": ["data:,"]}] * 21, "more than 20 pictures"),
        ([{**USER, "content": [{"image": "data:,"}] * 21}], "more than 20 pictures"),
        ([{**USER, "content": {"text": "a"}}], "needs a role and a content"),
        ([{**USER, "content": [{"text": 5}]}], "prompt is empty"),
        ([{**USER, "role": ["user"]}], "needs a role and a content"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_conversation_is_counted_before_it_is_read(
    messages: list[Any], said: str, settings: Settings
) -> None:
    assert said in refused(Messages(), messages, settings)


DEEP: Any = "a"
for _ in range(900):
    DEEP = [DEEP]
ODD = [math.nan, math.inf, -math.inf, 10**400, -(10**5000), HUGE, DEEP, {"a": DEEP}, [], None, ""]


@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize(
    "option",
    [
        Number("n", 0, 10),
        Choice("c", ("a", "b")),
        Flag("f"),
        Line("l"),
        Language("l", (), lambda folder: []),
    ],
    ids=lambda option: type(option).__name__,
)
def test_odd_values_of_options_are_refused_in_a_short_sentence(
    option: Any, value: Any, settings: Settings
) -> None:
    with pytest.raises(InputError) as error:
        option.read("option", value, settings)
    assert len(str(error.value)) < 200


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, []),
        ("", []),
        ([], []),
        ("nurse, doctor ,nurse", ["nurse", "doctor"]),
        (["a, b", " c ", ""], ["a, b", "c"]),
    ],
)
def test_words_come_as_a_list_or_in_a_line(
    value: Any, words: list[str], settings: Settings
) -> None:
    assert Words("Only these").read("targets", value, settings) == words


@pytest.mark.parametrize("value", [3, [3], {"a": 1}, ["a"] * 21, "a," * 30, ["a" * 201]])
def test_what_are_no_few_words_is_refused(value: Any, settings: Settings) -> None:
    with pytest.raises(InputError, match="targets"):
        Words("Only these").read("targets", value, settings)


def test_a_large_bound_is_said_in_full(settings: Settings) -> None:
    with pytest.raises(InputError, match="Choose from 0 to 2,147,483,647"):
        Number("", 0, 2**31 - 1).read("seed", -5, settings)
