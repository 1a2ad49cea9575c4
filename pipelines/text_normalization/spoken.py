"""One sentence as a voice gets it: words where the language has rules here, a mark at its end."""

import html
import re

# Markdown, of which voices would say the signs: a chat's answer is pasted with them.
MARKDOWN = [
    (re.compile(r"^\s*(?:#{1,6}|>)\s+"), ""),
    (re.compile(r"!?\[([^\[\]]+)\]\([^()\s]*\)"), r"\1"),
    (re.compile(r"(?<![\w*])(\*{1,3}|~~)(?=[^\s*])([^*~]+?)(?<=\S)\1(?![\w*])"), r"\2"),
    (re.compile(r"(?<!\w)(_{1,3})(?=[^\W_])([^_]+?)(?<=\S)\1(?!\w)"), r"\2"),
]
SCHEME = re.compile(r"\bhttps?://(?=\w)")  # nobody says it: "h t t p s colon slash slash"
TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
BULLET = re.compile(r"^\s*[-*•‣–]\s+")
CLOSING = "\"'”’»)]}"


def ends_a_line(sentence: str) -> bool:
    """Whether a line end follows the sentence."""
    return sentence.rstrip(" \t") != sentence.rstrip()


def as_spoken(sentence: str, language: str) -> str:
    """The sentence without its line end; `language` is the voice's, a BCP 47 code.

    A line of a list has no mark at its end. It gets a full stop, at which a voice lowers its pitch.
    """
    text = html.unescape(TAG.sub(" ", SCHEME.sub("", sentence)))
    text = " ".join(text.split())
    for pattern, said in MARKDOWN:
        text = pattern.sub(said, text)
    text = BULLET.sub("", text)
    if re.match(r"en(-|_|$)", language, re.IGNORECASE):
        from pipelines.text_normalization.english import in_words

        text = in_words(text)
    last = text.rstrip(CLOSING)[-1:]
    return f"{text}." if ends_a_line(sentence) and last.isalnum() else text
