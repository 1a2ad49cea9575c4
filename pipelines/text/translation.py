"""translation: a text in one language → the same in another, streamed.

How the target language is said differs by family: Marian models know one pair, or take a token
such as >>fr<<; T5 takes a sentence; NLLB, mBART and M2M100 a language code; chat models are asked.

    run("translation", "A dog runs on the beach.", source="en", target="fr")
    {"translation_text": "Un chien court sur la plage."}
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pipelines.errors import InputError
from pipelines.inputs import Language, Number, Text
from pipelines.languages import name
from pipelines.outputs import TranslationText
from pipelines.task import Task
from pipelines.text.model_languages import languages, translation_prompt
from pipelines.text.truncation import tokens
from pipelines.trace import offer_recommended

WORD = re.compile(r"\w+|[^\w\s]")
# Offered for a model that does not tell its own: chat models.
LANGUAGES = ("en", "fr", "de", "es", "it", "pt", "nl", "ro", "ru", "zh", "ja", "ko", "ar", "hi")


def read(folder: Path) -> list[str]:
    """Codes of the languages that a model reads."""
    return list(languages(folder).read)


def written(folder: Path) -> list[str]:
    """Codes of the languages that a model writes."""
    return list(languages(folder).written)


def translation(
    model: Any,
    text: Annotated[str, Text("Text", "A sentence to translate", words=True)],
    *,
    source: Annotated[str, Language("Language of the text", LANGUAGES, read)] = "en",
    target: Annotated[str, Language("Language to translate into", LANGUAGES, written)] = "fr",
    num_beams: Annotated[int, Number("1 streams; more search wider", 1, 8)] = 1,
) -> Iterator[TranslationText]:
    """Yield the translation as it grows; with beams it comes at once."""
    if source == target:
        raise InputError("Source and target are the same language.", "Choose two languages.")
    if model.can_chat:
        ask = f"Translate from {name(source)} to {name(target)}. Answer only with the translation."
        messages = [{"role": "user", "content": f"{ask}\n\n{text}"}]
        pieces = model.chat(messages, max_new_tokens=512, temperature=0.0, top_p=1.0)
    else:
        inputs, options = _request(model, text, source, target)
        longest = min(512, model.max_length - 1)  # the start token takes a position too
        pieces = model.generate(
            model.tokenizer, inputs, num_beams=num_beams, max_new_tokens=longest, **options
        )
    translated = ""
    for piece in pieces:
        translated += piece
        yield {"translation_text": translated}
    yield {"translation_text": translated.strip()}


def _request(model: Any, text: str, source: str, target: str) -> tuple[Any, dict[str, Any]]:
    """Inputs and options that make the model translate into `target`."""
    _note_if_unfamiliar(model, text)
    kind = model.config.model_type
    said, options = translation_prompt(model.folder, kind, model.tokenizer, text, source, target)
    return tokens(model, said), options


def _note_if_unfamiliar(model: Any, text: str) -> None:
    """Say so when a model trained on one kind of text, which its config tells, gets another.

    Words that training never saw fall into many pieces. For the bundled model 1.5 pieces a word
    part its own test sentences (6 % above) from film reviews (over 90 % above).
    """
    limit = getattr(model.config, "familiar_pieces_per_word", None)
    if limit is None:
        return
    pieces = model.tokenizer(text, add_special_tokens=False)["input_ids"]
    if len(pieces) > limit * len(WORD.findall(text)):
        offer_recommended(
            "This starter knows short sentences about everyday scenes. This text looks like "
            "something else, so do not trust the translation."
        )


TASK = Task(
    id="translation",
    title="Translation",
    summary="An encoder-decoder model reads a sentence whole and writes it in another language.",
    course="Transformers, what can they do?",
    order=4,
    run=translation,
    heads=("AutoModelForSeq2SeqLM", "AutoModelForCausalLM"),
    tags=("text2text-generation", "text-generation"),
)
