"""The bundled translation starter on twelve sentences of our own, with our own translations."""

import pytest
import sacrebleu

from pipelines import Playground
from pipelines.errors import InputError

TASK = "translation"
SENTENCES = (
    ("A dog runs along the beach.", "Un chien court le long de la plage.",
     "Ein Hund rennt am Strand entlang."),
    ("A man is playing the guitar on stage.", "Un homme joue de la guitare sur scène.",
     "Ein Mann spielt auf der Bühne Gitarre."),
    ("Two children are playing in the snow.", "Deux enfants jouent dans la neige.",
     "Zwei Kinder spielen im Schnee."),
    ("A woman in a red dress is dancing.", "Une femme en robe rouge danse.",
     "Eine Frau in einem roten Kleid tanzt."),
    ("A boy jumps into the water.", "Un garçon saute dans l'eau.",
     "Ein Junge springt ins Wasser."),
    ("People are sitting at a table in a restaurant.",
     "Des gens sont assis à une table dans un restaurant.",
     "Leute sitzen in einem Restaurant an einem Tisch."),
    ("A girl is reading a book.", "Une fille lit un livre.", "Ein Mädchen liest ein Buch."),
    ("A man is riding a bicycle down the street.", "Un homme fait du vélo dans la rue.",
     "Ein Mann fährt mit dem Fahrrad die Straße entlang."),
    ("Three men are standing in front of a building.",
     "Trois hommes sont debout devant un bâtiment.",
     "Drei Männer stehen vor einem Gebäude."),
    ("A little girl is eating an apple.", "Une petite fille mange une pomme.",
     "Ein kleines Mädchen isst einen Apfel."),
    ("A black cat is sleeping on a chair.", "Un chat noir dort sur une chaise.",
     "Eine schwarze Katze schläft auf einem Stuhl."),
    ("A group of people is walking through the city.",
     "Un groupe de personnes marche dans la ville.",
     "Eine Gruppe von Menschen geht durch die Stadt."),
)  # fmt: skip


@pytest.mark.parametrize(("target", "chrf"), [("fr", 68), ("de", 57)])
@pytest.mark.parametrize("num_beams", [1, 4])
def test_everyday_scenes_are_translated(
    playground: Playground, target: str, chrf: int, num_beams: int
) -> None:
    options = {"target": target, "num_beams": num_beams}
    made = [
        playground.run(TASK, {"text": english}, TASK, options).value["translation_text"]
        for english, *_ in SENTENCES
    ]
    truth = [row["en fr de".split().index(target)] for row in SENTENCES]
    assert sacrebleu.corpus_chrf(made, [truth]).score >= chrf, made


@pytest.mark.parametrize("target", ["fr", "de"])
@pytest.mark.parametrize("num_beams", [1, 4])
def test_what_it_knows_carries_no_warning(
    playground: Playground, target: str, num_beams: int
) -> None:
    options = {"target": target, "num_beams": num_beams}
    warned = [
        playground.run(TASK, {"text": one[0]}, TASK, options).offer_recommended for one in SENTENCES
    ]
    assert sum(warned) <= 1


@pytest.mark.parametrize("target", ["fr", "de"])
@pytest.mark.parametrize("num_beams", [1, 4])
@pytest.mark.parametrize(
    "text",
    [
        "My brother is older than me.",
        "How much does this shirt cost?",
        "We are going to the beach tomorrow. The bus was late this morning.",
    ],
)
def test_of_known_words_in_other_sentences_it_says_that_it_was_unsure(
    playground: Playground, text: str, num_beams: int, target: str
) -> None:
    options = {"target": target, "num_beams": num_beams}
    answer = playground.run(TASK, {"text": text}, TASK, options)
    [note] = answer.notes
    assert note.startswith("The model was unsure of this translation")
    assert answer.offer_recommended


@pytest.mark.parametrize(
    "text",
    [
        "The parliament adopted the resolution on agricultural subsidies.",
        "Photosynthesis converts light energy into chemical energy.",
    ],
)
def test_far_from_everyday_scenes_it_says_so(playground: Playground, text: str) -> None:
    answer = playground.run(TASK, {"text": text}, TASK)
    [note] = answer.notes  # not that it was unsure, too
    assert "everyday scenes" in note
    assert answer.offer_recommended


@pytest.mark.parametrize("options", [{"source": "fr", "target": "en"}, {"target": "es"}])
def test_what_it_cannot_read_or_write_is_refused(
    playground: Playground, options: dict[str, str]
) -> None:
    with pytest.raises(InputError, match=r"does not (read French|write Spanish)"):
        playground.run(TASK, {"text": "Bonjour."}, TASK, options)


def test_it_streams(playground: Playground) -> None:
    import threading

    inputs = {"text": SENTENCES[5][0]}
    events = list(playground.stream(TASK, inputs, TASK, {}, threading.Event(), every=0.0))
    texts = [event.value["translation_text"] for event in events if hasattr(event, "value")]
    assert len(set(texts)) >= 3
    assert texts[-1].startswith(texts[1])


@pytest.mark.parametrize("target", ["fr", "de"])
@pytest.mark.parametrize("between", [" ", "\n", "\n\n", "\r\n"])
def test_five_sentences_in_one_text_equal_the_five_alone(
    playground: Playground, target: str, between: str
) -> None:
    five = [row[0] for row in SENTENCES[:5]]
    options = {"target": target}
    alone = [
        playground.run(TASK, {"text": one}, TASK, options).value["translation_text"] for one in five
    ]
    together = playground.run(TASK, {"text": between.join(five)}, TASK, options).value
    assert together["translation_text"] == between.join(alone)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Visit https://example.com/a?b=1&c=2 for more details.", "https://example.com/a?b=1&c=2"),
        ("Write to ada.lovelace@example.org before Friday.", "ada.lovelace@example.org"),
        ("There are 25 dogs in the park.", "25"),
        ("The flat costs 1,250.50 euros a month.", "1,250.50"),
        ('Call print("hello world") after the loop.', 'print("hello world")'),
        ("Type `make test` in the terminal.", "`make test`"),
        (
            "This is a loop.\n\nfor name in names:\n    print(name)",
            "for name in names:\n    print(name)",
        ),
    ],
)
@pytest.mark.parametrize("target", ["fr", "de", "pt"])
def test_what_is_no_word_comes_through_unchanged(
    playground: Playground, text: str, kept: str, target: str
) -> None:
    made = playground.run(TASK, {"text": text}, options={"target": target}).value
    assert kept in made["translation_text"]
    assert made["translation_text"] != text
