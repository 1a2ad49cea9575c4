"""The languages a translation model reads and writes, told from its files without loading it.

    languages(Path("nllb-200-distilled-600M")).target["fr"]
    "fra_Latn"

Codes are BCP 47's, the shortest that is free ("fr", "zh" and "zh-Hant"); each stands for the
model's own language token: NLLB's fra_Latn, mBART's fr_XX, M2M100's __fr__, Marian's >>fra<<, T5's
French.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pipelines.engines.base import Languages
from pipelines.errors import InputError
from pipelines.languages import closest, code_of, name
from pipelines.parse_json import parse_json

LanguageTokens = Mapping[str, str]
Direction = Literal["read", "write"]
# What is said of a language that a model does not know.
UNKNOWN: dict[Direction, tuple[str, str]] = {
    "read": ("This model does not read {}.", "It reads {}."),
    "write": ("This model does not write {}.", "It writes {}."),
}
T5 = ("en", "fr", "de", "ro")  # what T5 was trained to translate
TOKEN_PATTERNS = {
    "marian": re.compile(r'"(>>\w+<<)"'),
    "m2m_100": re.compile(r'"(__[a-z]{2,3}__|[a-z]{3}_[A-Z][a-z]{3})"'),  # M2M100 and NLLB
    "mbart": re.compile(r'"([a-z]{2}_[A-Z]{2})"'),
}
# M2M100's files need not name them: its tokenizer's class does.
M2M100 = tuple(
    f"__{code}__"
    for code in (
        "af am ar ast az ba be bg bn br bs ca ceb cs cy da de el en es et fa ff fi fr fy ga gd gl "
        "gu ha he hi hr ht hu hy id ig ilo is it ja jv ka kk km kn ko lb lg ln lo lt lv mg mk ml "
        "mn mr ms my ne nl no ns oc or pa pl ps pt ro ru sd si sk sl so sq sr ss su sv sw ta th "
        "tl tn tr uk ur uz vi wo xh yi yo zh zu"
    ).split()
)
PAIR = re.compile(r"opus-mt-(?:tc-[a-z]+-)?([a-z]{2,3})-([a-z]{2,3})$")
# Where tokenizers keep special tokens; a vocabulary may be large, its special tokens come first.
FILES = ("tokenizer_config.json", "special_tokens_map.json", "tokenizer.json", "vocab.json")
READ_CHARACTERS = 2_000_000


def languages(folder: Path) -> Languages:
    """The languages that a folder's model reads and writes, by its config and tokenizer."""
    config = _json(folder / "config.json")
    kind = str(config.get("model_type"))
    if kind == "t5":
        both = {code: name(code) for code in T5}
        return Languages(both, both)
    if kind not in TOKEN_PATTERNS:
        return Languages()
    tokens = _tokens(folder, TOKEN_PATTERNS[kind])
    if kind == "m2m_100":
        tokens = tokens or _by_code(M2M100)
    if kind != "marian":
        return Languages(tokens, tokens)
    tokenizer_config = _json(folder / "tokenizer_config.json")
    pair = PAIR.search(str(config.get("_name_or_path", ""))) or PAIR.search(folder.name)
    if pair:
        source, target = pair.groups()
    else:
        source, target = (tokenizer_config.get(f"{one}_lang") for one in ("source", "target"))
    several = config.get("languages_read")  # in the config of the bundled starter
    sources = several if isinstance(several, list) else [source]
    return Languages(
        {code: "" for one in sources if (code := code_of(str(one)))},
        tokens or ({code: ""} if (code := code_of(str(target))) else {}),
    )


def language_token(known: LanguageTokens, language: str, does: Direction) -> str:
    """The model's token for a language, given as its code (fr, FR, fr-FR) or as the token itself.

    Raises:
        InputError: the model does not know it; the hint names those it knows.
    """
    if not known or language in known.values():
        return "" if not known else language
    code = closest(language, known)
    if code is None:
        shown = ", ".join(list(known)[:20]) + (f" and {len(known) - 20} more" * (len(known) > 20))
        sentence, hint = UNKNOWN[does]
        raise InputError(sentence.format(name(language)), hint.format(shown))
    return known[code]


def translation_prompt(
    folder: Path, kind: str, tokenizer: Any, text: str, source: str, target: str
) -> tuple[str, dict[str, Any]]:
    """The text, and options of `generate`, that make a model of this `kind` write `target`.

    Also sets the source language of the tokenizer where it has one: to be called before tokenizing.

    Raises:
        InputError: the model does not know one of the languages.
    """
    known = languages(folder)
    source_token, target_token = (
        language_token(known.source, source, "read"),
        language_token(known.target, target, "write"),
    )
    if kind == "t5":
        return f"translate {source_token} to {target_token}: {text}", {}
    if kind == "marian":
        # Without a language token it knows one pair only, and the tokens do not tell which.
        return f"{target_token} {text}".strip(), {}
    if not target_token:
        raise InputError(
            f"This model does not know {name(target)}.", "It names no languages; pick another."
        )
    if hasattr(tokenizer, "get_lang_id"):  # M2M100's tokens are in no vocabulary
        tokenizer.src_lang = source_token.strip("_")
        return text, {"forced_bos_token_id": tokenizer.get_lang_id(target_token.strip("_"))}
    tokenizer.src_lang = source_token
    return text, {"forced_bos_token_id": tokenizer.convert_tokens_to_ids(target_token)}


def _tokens(folder: Path, pattern: re.Pattern[str]) -> LanguageTokens:
    for file in FILES:
        try:
            with (folder / file).open(encoding="utf-8") as opened:
                text = opened.read(READ_CHARACTERS)
        except (OSError, ValueError):
            continue
        if found := list(dict.fromkeys(pattern.findall(text))):
            return _by_code(found)
    return {}


def _by_code(tokens: Iterable[str]) -> LanguageTokens:
    """Tokens by code: a language's first token by the language alone, others by the full code."""
    by_code: dict[str, str] = {}
    for one in tokens:
        if code := code_of(one.strip("_<>").removesuffix("_XX")):
            short = code.split("-")[0]
            by_code[code if short in by_code else short] = one
    return by_code


def _json(file: Path) -> dict[str, object]:
    try:
        read = parse_json(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}
