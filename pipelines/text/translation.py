"""translation: a text in one language → the same in another, streamed.

How the target language is said differs by family: Marian models know one pair, or take a token
such as >>fr<<; T5 takes a sentence; NLLB, mBART and M2M100 a language code; chat models are asked.

    run("translation", "A dog runs on the beach.", source="en", target="fr")
    {"translation_text": "Un chien court sur la plage."}
"""

import re
from collections.abc import Iterator
from typing import Annotated, Any

from pipelines.errors import InputError
from pipelines.inputs import Choice, Number, Text
from pipelines.languages import name
from pipelines.outputs import TranslationText
from pipelines.task import Task
from pipelines.text.truncation import tokens
from pipelines.trace import offer_recommended

TOKEN = re.compile(r">>\w+<<")  # before the sentence: the language to write
WORD = re.compile(r"\w+|[^\w\s]")
# NLLB writes Standard Arabic's own code, not that of all the Arabics together.
INDIVIDUAL = {"ar": "arb"}
LANGUAGES = ("en", "fr", "de", "es", "it", "pt", "nl", "ro", "ru", "zh", "ja", "ko", "ar", "hi")


def translation(
    model: Any,
    text: Annotated[str, Text("Text", "A sentence to translate", words=True)],
    *,
    source: Annotated[str, Choice("Language of the text", LANGUAGES)] = "en",
    target: Annotated[str, Choice("Language to translate into", LANGUAGES)] = "fr",
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
    tokenizer = model.tokenizer
    vocabulary = tokenizer.get_vocab()
    _note_if_unfamiliar(model, text)
    if source not in getattr(model.config, "languages_read", LANGUAGES):
        raise InputError(f"This model does not read {name(source)}.", "Choose another language.")
    if model.config.model_type == "t5":
        ask = f"translate {name(source)} to {name(target)}: "
        return tokens(model, ask + text), {}
    if f">>{target}<<" in vocabulary:
        return tokens(model, f">>{target}<< {text}"), {}
    if known := getattr(tokenizer, "lang_code_to_token", None):  # M2M100's are in no vocabulary
        if unknown := {source, target} - set(known):
            raise InputError(
                f"This model does not know {name(unknown.pop())}.", "Choose another language."
            )
        tokenizer.src_lang = source
        return tokens(model, text), {"forced_bos_token_id": tokenizer.get_lang_id(target)}
    codes = {code: language_token(vocabulary, code) for code in (source, target)}
    if codes[target] is None:
        if model.config.model_type == "marian" and not any(map(TOKEN.fullmatch, vocabulary)):
            return tokens(model, text), {}  # one pair only; the tokens do not tell which
        raise InputError(f"This model does not know {name(target)}.", "Choose another language.")
    tokenizer.src_lang = codes[source]
    forced = vocabulary[codes[target]]
    return tokens(model, text), {"forced_bos_token_id": forced}


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


def language_token(vocabulary: dict[str, int], language: str) -> str | None:
    """The model's own token for a language: __fr__ (M2M100), fr_XX (mBART), fra_Latn (NLLB)."""
    from langcodes import Language

    three = INDIVIDUAL.get(language) or Language.get(language).to_alpha3()
    for token in vocabulary:
        if token == f"__{language}__" or token.startswith((f"{language}_", f"{three}_")):
            return token
    return None


TASK = Task(
    id="translation",
    title="Translation",
    summary="An encoder-decoder model reads a sentence whole and writes it in another language.",
    course="Transformers, what can they do?",
    order=4,
    run=translation,
    heads=("AutoModelForSeq2SeqLM", "AutoModelForCausalLM"),
)
