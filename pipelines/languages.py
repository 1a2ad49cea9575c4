"""Names of languages by their codes, from CLDR through langcodes."""

from langcodes import Language, standardize_tag
from langcodes.tag_parser import LanguageTagError

# The languages that Whisper hears.
WHISPER = tuple(
    "af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he "
    "hi hr ht hu hy id is it ja jw ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne "
    "nl nn no oc pa pl ps pt ro ru sa sd si sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk "
    "ur uz vi yi yo yue zh".split()
)
# Whisper keeps a code for Javanese that ISO withdrew.
WITHDRAWN = {"jw": "jv"}


def name(code: str) -> str:
    """The English name: "fr" → "French"."""
    return Language.get(WITHDRAWN.get(code, code)).display_name()


def code_of(written: str) -> str | None:
    """The code of a language however it is written: "fra", "fra_Latn" → "fr"; None for none."""
    try:
        code = standardize_tag(WITHDRAWN.get(written, written), macro=True)
    except LanguageTagError:
        return None
    language = Language.get(code)
    return code if language.is_valid() and language.language else None
