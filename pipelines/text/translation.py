"""translation: a text in one language → the same in another, streamed.

Chat models are asked for it; models trained for it know their own languages and are given the text
sentence by sentence, as they were trained: of three sentences at once they lose two.

    run("translation", "A dog runs on the beach.", source="en", target="fr")
    {"translation_text": "Un chien court sur la plage."}
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Annotated

from pipelines.capabilities import Chat, Generate, TextStreams, Translate
from pipelines.errors import InputError, quoted
from pipelines.inputs import InView, Language, Number, Text
from pipelines.inputs.text import given_text
from pipelines.language_identification import other_language
from pipelines.languages import code_of, name
from pipelines.model_languages import source_languages, target_languages
from pipelines.outputs import TranslationText
from pipelines.run import note
from pipelines.task import Task
from pipelines.text.answering import ask
from pipelines.text.spans import line_ends_of, spans, with_line_ends
from pipelines.text.verbatim import lost, parts, with_numbers, with_stand_ins

MAX_NEW_TOKENS = 512  # of a chat model
LETTERS_OF_A_NAME = 4  # NASA
PRONOUN = re.compile(r"\bi\b")
# Offered for a model that does not tell its own: chat models.
LANGUAGES = ("en", "fr", "de", "es", "it", "pt", "nl", "ro", "ru", "zh", "ja", "ko", "ar", "hi")


def translation(
    model: Translate | Chat | Generate,
    text: Annotated[str, Text("Text", "A text to translate", words=True)],
    *,
    source: Annotated[
        str, Language("Language of the text", LANGUAGES, source_languages), InView()
    ] = "en",
    target: Annotated[
        str, Language("Language to translate into", LANGUAGES, target_languages), InView()
    ] = "fr",
    num_beams: Annotated[int, Number("1 streams; more search wider", 1, 8)] = 1,
) -> Iterator[TranslationText]:
    """Yield the translation as it grows; with beams it comes at once."""
    if (code_of(source) or source) == (code_of(target) or target):
        raise InputError("Source and target are the same language.", "Choose two languages.")
    if other := other_language(text, source):
        note(
            f"The text looks like {name(other)}, not {name(source)}. "
            "If so, set the language of the text."
        )
    if isinstance(model, Translate):
        given = line_ends_of(given_text(text))
        for translated in _by_sentence(model, text, source, target, num_beams):
            yield {"translation_text": with_line_ends(translated, given)}
        return
    for option, code in (("source", source), ("target", target)):
        if code_of(code) is None:
            raise InputError(
                f"{option} cannot be {quoted(code)}.",
                "Send a language code such as en, fr or zh-Hans.",
            )
    question = f"Translate from {name(source)} to {name(target)}. Answer only with the translation."
    translated = ""
    for piece in ask(model, f"{question}\n\n{text}", max_new_tokens=MAX_NEW_TOKENS):
        translated += piece
        yield {"translation_text": translated}
    yield {"translation_text": translated.strip()}


def _by_sentence(
    model: Translate, text: str, source: str, target: str, num_beams: int
) -> Iterator[str]:
    """Yield the text's translation as it grows, each sentence in its place.

    Sentences that lost something that must be kept are corrected at the end.
    """
    translate = partial(
        _in_small_letters,
        partial(model.translate, source=source, target=target, num_beams=num_beams),
    )
    pieces = spans(text, source, target, model.reads_whole)
    asked = [index for index, span in enumerate(pieces) if span.text]
    made = dict.fromkeys(asked, "")
    whole, at = "", 0  # the spans before `at`
    for number, piece in translate([pieces[index].text for index in asked]):
        while at < asked[number]:
            whole += pieces[at].whole(made.get(at, "").strip())
            at += 1
        made[at] += piece
        yield whole + pieces[at].lead + made[at].strip()
    right = _kept(
        {index: (pieces[index].text, made[index].strip()) for index in asked}, translate, target
    )
    yield "".join(span.whole(right.get(index, "")) for index, span in enumerate(pieces)).strip()


def _in_small_letters(
    translate: Callable[[list[str]], TextStreams], texts: list[str]
) -> TextStreams:
    """Sentences in capitals are translated in small letters: models hardly know words in capitals.

    Of ten such the bundled model for Portuguese wrote one right as they were, eight so.
    """
    loud = {number for number, text in enumerate(texts) if _is_loud(text)}
    asked = [
        PRONOUN.sub("I", text.capitalize()) if n in loud else text for n, text in enumerate(texts)
    ]
    for number, piece in translate(asked):
        yield number, piece.upper() if number in loud else piece


def _is_loud(text: str) -> bool:
    return text.isupper() and sum(map(str.isalpha, text)) > LETTERS_OF_A_NAME


def _kept(
    translated: Mapping[int, tuple[str, str]],
    translate: Callable[[list[str]], TextStreams],
    target: str,
) -> dict[int, str]:
    """The translations of sentences with numbers, addresses and code as they were.

    Where the model left one out, it is asked again with names in their places, which it knows and
    copies; where it left those out too, for the words around them alone.
    """
    right, again, tries = {}, {}, []
    for index, (sentence, translation) in translated.items():
        fixed = [one.text for one in parts(sentence) if one.fixed]
        right[index] = with_numbers(translation, fixed)
        if lost(right[index], fixed):
            again[index] = sentence
            tries += [(index, one) for one in with_stand_ins(sentence)]
    for (index, one), translation in zip(
        tries, _whole(translate, [t.text for _, t in tries]), strict=True
    ):
        if index in again and (restored := one.restored(translation)) is not None:
            right[index] = restored
            del again[index]
    return right | _around(again, translate, target)


def _around(
    sentences: Mapping[int, str], translate: Callable[[list[str]], TextStreams], target: str
) -> dict[int, str]:
    """Sentences of which only the words around what is fixed are translated."""
    found = {index: parts(sentence) for index, sentence in sentences.items()}
    words = [one.text.strip() for pieces in found.values() for one in pieces if one.has_words]
    answered = iter(_whole(translate, words))
    return {
        index: "".join(
            _in_sentence(one.text, next(answered), target) if one.has_words else one.text
            for one in pieces
        )
        for index, pieces in found.items()
    }


def _whole(translate: Callable[[list[str]], TextStreams], texts: list[str]) -> list[str]:
    """The translation of each."""
    answers = [""] * len(texts)
    for number, piece in translate(texts) if texts else ():
        answers[number] += piece
    return [one.strip() for one in answers]


def _in_sentence(words: str, translation: str, target: str) -> str:
    """The translation of a part of a sentence, in its place: models write whole sentences."""
    inner = words.strip()
    if inner[-1].isalnum():
        translation = translation.rstrip(".")
    if inner[0].islower() and not target.lower().startswith("de"):  # German nouns have capitals
        translation = translation[:1].lower() + translation[1:]
    before, _, behind = words.partition(inner)
    return before + translation + behind


TASK = Task(
    id="translation",
    title="Translation",
    summary="An encoder-decoder model reads a sentence whole and writes it in another language.",
    course="Transformers, what can they do?",
    order=4,
    run=translation,
    tags=("text2text-generation", "text-generation"),
)
