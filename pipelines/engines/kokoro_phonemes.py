"""A text's phonemes as Kokoro was trained on them: espeak's, as its author's library misaki writes
them, which has one sign for a diphthong or an affricate.

    phonemes("Good day, little church.", "en-us")
    "ɡˈʊd dˈA, lˈɪTᵊl ʧˈɜɹʧ."

espeak is the one that comes with piper-tts. Knows no model.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.engines.piper import no_phonemes

ESPEAK = {"en-gb": "en"}  # what it calls a language otherwise than BCP 47
SIGNS = {
    **{"aɪ": "I", "aʊ": "W", "eɪ": "A", "oʊ": "O", "əʊ": "Q", "ɔɪ": "Y"},
    **{"dz": "ʣ", "dʒ": "ʤ", "ts": "ʦ", "tʃ": "ʧ", "-": ""},
}
HINDI = {"r.": "ɽ"}
# English has fewer sounds than its espeak writes; other languages keep theirs.
ENGLISH = {
    **{"ʲo": "jo", "ʲə": "jə", "ʲ": "", "e": "A", "ɚ": "əɹ", "r": "ɹ", "x": "k", "ɬ": "l"},
    **{"ɐ": "ə", "\u0303": "", "ɾ": "T", "ʔˌ": "t", "ʔ": "t", "o": "ɔ"},
}
BRITISH = {"eə": "ɛː", "iə": "ɪə"}
AMERICAN = {"ɜːɹ": "ɜɹ", "ɜː": "ɜɹ", "ɪə": "iə", "ː": ""}
DARK_L = re.compile(r"əl(?=[dz]?(?!\w))")  # of "little", not of "balloon"
SYLLABIC = re.compile("(\\S)\u0329")


def phonemes(text: str, language: str) -> str:
    """The phonemes of a text in a language of Kokoro's voices, a BCP 47 code such as "pt-br"."""
    sentences = _espeak(ESPEAK.get(language, language)).phonemize(no_phonemes(text))
    spoken = " ".join("".join(one) for one in sentences).strip()
    if not language.startswith("en"):
        return _replaced(spoken, {**(HINDI if language == "hi" else {}), **SIGNS})
    british = language == "en-gb"
    spoken = _replaced(spoken, {**(BRITISH if british else {}), **SIGNS})
    spoken = SYLLABIC.sub(r"ᵊ\1", DARK_L.sub("ᵊl", spoken))
    return _replaced(spoken, {**ENGLISH, **({} if british else AMERICAN)})


@cache
def _espeak(voice: str) -> Any:
    """What phonemizes for a Piper voice of that language, and takes turns with the loaded ones:
    espeak has one language at a time."""
    from piper import PiperVoice
    from piper.config import PhonemeType, PiperConfig

    config = PiperConfig(
        num_symbols=0,
        num_speakers=1,
        sample_rate=0,
        espeak_voice=voice,
        phoneme_id_map={},
        phoneme_type=PhonemeType.ESPEAK,
    )
    return PiperVoice(session=None, config=config, download_dir=Path())


def _replaced(text: str, signs: Mapping[str, str]) -> str:
    for old, new in signs.items():
        text = text.replace(old, new)
    return text
