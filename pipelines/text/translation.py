"""translation: a text in one language → the same in another, streamed.

Chat models are asked for it; models trained for it know their own languages.

    run("translation", "A dog runs on the beach.", source="en", target="fr")
    {"translation_text": "Un chien court sur la plage."}
"""

from collections.abc import Iterator
from typing import Annotated

from pipelines.capabilities import Chat, Generate, Translate
from pipelines.errors import InputError
from pipelines.inputs import Language, Number, Text
from pipelines.languages import name
from pipelines.model_languages import source_languages, target_languages
from pipelines.outputs import TranslationText
from pipelines.task import Task
from pipelines.text.answering import ask

MAX_NEW_TOKENS = 512  # of a chat model
# Offered for a model that does not tell its own: chat models.
LANGUAGES = ("en", "fr", "de", "es", "it", "pt", "nl", "ro", "ru", "zh", "ja", "ko", "ar", "hi")


def translation(
    model: Translate | Chat | Generate,
    text: Annotated[str, Text("Text", "A sentence to translate", words=True)],
    *,
    source: Annotated[str, Language("Language of the text", LANGUAGES, source_languages)] = "en",
    target: Annotated[
        str, Language("Language to translate into", LANGUAGES, target_languages)
    ] = "fr",
    num_beams: Annotated[int, Number("1 streams; more search wider", 1, 8)] = 1,
) -> Iterator[TranslationText]:
    """Yield the translation as it grows; with beams it comes at once."""
    if source == target:
        raise InputError("Source and target are the same language.", "Choose two languages.")
    if isinstance(model, Translate):
        pieces = model.translate(text, source=source, target=target, num_beams=num_beams)
    else:
        question = (
            f"Translate from {name(source)} to {name(target)}. Answer only with the translation."
        )
        pieces = ask(model, f"{question}\n\n{text}", max_new_tokens=MAX_NEW_TOKENS)
    translated = ""
    for piece in pieces:
        translated += piece
        yield {"translation_text": translated}
    yield {"translation_text": translated.strip()}


TASK = Task(
    id="translation",
    title="Translation",
    summary="An encoder-decoder model reads a sentence whole and writes it in another language.",
    course="Transformers, what can they do?",
    order=4,
    run=translation,
    tags=("text2text-generation", "text-generation"),
)
