"""Languages by their codes: names, spellings, which of several is meant; CLDR through langcodes."""

from collections.abc import Iterable
from contextlib import suppress

from pipelines.errors import quoted

# The languages that Whisper hears, by CLDR's names. They stand here because the page names them:
# langcodes reads the names of all languages of the world first, a quarter of a second.
NAMED = """
af Afrikaans, am Amharic, ar Arabic, as Assamese, az Azerbaijani, ba Bashkir, be Belarusian, bg
Bulgarian, bn Bangla, bo Tibetan, br Breton, bs Bosnian, ca Catalan, cs Czech, cy Welsh, da
Danish, de German, el Greek, en English, es Spanish, et Estonian, eu Basque, fa Persian, fi
Finnish, fo Faroese, fr French, gl Galician, gu Gujarati, ha Hausa, haw Hawaiian, he Hebrew, hi
Hindi, hr Croatian, ht Haitian Creole, hu Hungarian, hy Armenian, id Indonesian, is Icelandic, it
Italian, ja Japanese, jw Javanese, ka Georgian, kk Kazakh, km Khmer, kn Kannada, ko Korean, la
Latin, lb Luxembourgish, ln Lingala, lo Lao, lt Lithuanian, lv Latvian, mg Malagasy, mi Māori, mk
Macedonian, ml Malayalam, mn Mongolian, mr Marathi, ms Malay, mt Maltese, my Burmese, ne Nepali,
nl Dutch, nn Norwegian Nynorsk, no Norwegian, oc Occitan, pa Punjabi, pl Polish, ps Pashto, pt
Portuguese, ro Romanian, ru Russian, sa Sanskrit, sd Sindhi, si Sinhala, sk Slovak, sl Slovenian,
sn Shona, so Somali, sq Albanian, sr Serbian, su Sundanese, sv Swedish, sw Swahili, ta Tamil, te
Telugu, tg Tajik, th Thai, tk Turkmen, tl Filipino, tr Turkish, tt Tatar, uk Ukrainian, ur Urdu,
uz Uzbek, vi Vietnamese, yi Yiddish, yo Yoruba, yue Cantonese, zh Chinese
"""
NAMES = dict(one.split(" ", 1) for one in " ".join(NAMED.split()).split(", "))
WHISPER = tuple(NAMES)
CODES = {name.casefold(): code for code, name in NAMES.items()}
# By CLDR's measure: Portuguese of Portugal and of Brazil are 5 apart, Swiss and High German 8.
SAME_LANGUAGE = 5
NAMELESS = "Unknown language"  # as langcodes begins the name of one that CLDR does not name
# Whisper keeps two codes that have been replaced.
REPLACED = {"jw": "jv", "tl": "fil"}


def name(code: str) -> str:
    """The English name: "fr" → "French"; of what is no language "the language 'xx'"."""
    if code in NAMES:
        return NAMES[code]
    from langcodes import Language
    from langcodes.tag_parser import LanguageTagError

    with suppress(LanguageTagError):
        if not (told := Language.get(code).display_name()).startswith(NAMELESS):
            return told
    return f"the language {quoted(code)}"


def names_in(language: str) -> dict[str, str]:
    """The names of these languages in one of them, by the English ones."""
    from langcodes import Language

    told = ((one, Language.get(code).display_name(language)) for code, one in NAMES.items())
    return {one: name[:1].upper() + name[1:] for one, name in told}


def code_of(written: str) -> str | None:
    """The code of a language however it is written: "fra", "fra_Latn", "French" → "fr"; None for
    none."""
    code = CODES.get(written.casefold(), written)
    if code in NAMES:
        return REPLACED.get(code, code)
    from langcodes import Language, standardize_tag
    from langcodes.tag_parser import LanguageTagError

    try:
        code = standardize_tag(written, macro=True)
    except LanguageTagError:
        return None
    language = Language.get(code)
    return code if language.is_valid() and language.language else None


def closest(written: str, known: Iterable[str]) -> str | None:
    """The code among those known that is meant by another: "fr-FR", "FR" → "fr"; None for none.

    A language in another script or region than asked for is better than none.
    """
    codes = list(known)
    if written in codes:
        return written
    if (code := code_of(written)) is None:
        return None
    from langcodes import closest_match

    match, distance = closest_match(code, codes, max_distance=SAME_LANGUAGE)
    if distance <= SAME_LANGUAGE:
        return match
    return next((one for one in codes if one.split("-")[0] == code.split("-")[0]), None)
