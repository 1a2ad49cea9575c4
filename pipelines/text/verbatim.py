"""What a translation keeps as it is: code by whole lines; addresses, tags, names of programs and
numbers within a sentence.

    parts("Write to ada@example.org by 5 pm.")
    [Part("Write to "), Part("ada@example.org", True), Part(" by "), Part("5", True), Part(" pm.")]

Models copy most of it and rewrite some: who translates compares, and asks again for the words
around what was lost. Knows no model.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

FENCED = re.compile(r"^[ \t]*(```|~~~).*?(?:^[ \t]*\1[ \t]*$\n?|\Z)", re.MULTILINE | re.DOTALL)
# Lines that cannot be prose; a line that may be either is prose.
CODE_LINE = re.compile(
    r"""[ \t]*(?:
      (?:async\ )?def\ \w+\(.*:$ | class\ \w+(?:\(.*\))?:$ | for\ \w+(?:,\ \w+)*\ in\ .*:$
    | (?:el)?if\ .*[()=<>\[\]_].*:$ | while\ .*[()=<>\[\]_].*:$ | while\ True:$ | with\ .*\(.*:$
    | (?:else|try|finally|except|except\ \w+(?:\ as\ \w+)?):$
    | (?:return|yield|raise|assert|await|throw|new)\ \S*[_()\[\]{}="'].*
    | from\ [\w.]+\ import\ .+ | import\ [\w.]+(?:\ as\ \w+)?;?$ | \#include\ *[<"].+
    | (?:const|let|var|int|float|string|auto)\ \w+\ *[=:;].* | .*[)\w"'\]>]?\ ?\{$
    | .*\w[(\[].*[)\]]\s*;$ | .*=.*;$ | [{}()\[\],;]+$ | @\w[\w.]*(?:\(.*\))?$
    | (?:SELECT\ .+\ FROM|INSERT\ INTO|UPDATE\ \w+\ SET|DELETE\ FROM|CREATE\ TABLE)\b.*
    | \$\ [a-z./].* | >>>\ .+ | (?:sudo|curl|cd)\ [\w./~-]+$
    | (?:pip|npm|apt|apt-get|brew)\ install\ \S+.*
    | git\ (?:clone|commit|push|pull|add|checkout)\b.*[^.!?]$
    | [\w.\[\]"']+(?:,\ [\w.]+)*(?::\ \w+)?\ *(?:[-+*/|&:]|)=\ *\S.* | [\w.]+\((?!e?s\)).*\)$
    | (?:</?\w[^<>]*>\s*)+$
    )""",
    re.VERBOSE,
)
FIXED = re.compile(
    r"""
      `[^`\n]+`                                                      # code in its quotation marks
    | (?:(?i:https?|ftp|file|ssh|git)://|www\.)[^\s<>"“”«»]+          # addresses
    | [\w.+-]+@[\w-]+(?:\.[\w-]+)+
    | </?[a-zA-Z][^<>\n]{0,200}>                                     # tags
    | \{\{[^{}\n]{0,80}\}\} | \$?\{[^{}\n]{0,80}\} | %\(\w+\)[sd] | %[sd]\b | \$[A-Za-z_]\w*
    | (?<!\w)[A-Za-z_][\w.]*\((?!e?s\))                              # calls
      (?:[^\s()"']|"[^"\n]*"|'[^'\n]*')*(?:,\ (?:[^\s()"']|"[^"\n]*"|'[^'\n]*')+)*\)
    | (?<!\w)(?:[\w.-]+/)*[\w-]+\.                                   # names of files
      (?:py|js|ts|json|toml|ya?ml|xml|txt|md|csv|html?|css|pdf|docx?|xlsx?|pptx?|png|jpe?g|gif|svg
      |mp[34]|wav|zip|gz|sh|ipynb)\b
    | (?<!\w)[A-Za-z]\w*(?:_\w+)+ | (?<!\w)_+[A-Za-z]\w*             # names of programs
    | (?<!\w)[a-z]+(?:[A-Z][a-z0-9]*)+\b | (?<!\w)\w+(?:(?:::|->|=>)\w+)+
    | (?<![\w/])--?[a-z][\w-]*(?:=\S*\w)?(?=\s|$|[,.;])                # flags of commands
    | (?<!\w)(?:~|\.{1,2}|[A-Za-z]:)?[/\\](?:[\w.-]+[/\\])+[\w.-]*\w  # paths
    | \]\([^()\s]+\)                                                # of a link in Markdown
    | (?<!\w)(?=[A-Z]*\d[A-Z]*\d)(?:[A-Z]+\d|\d+[A-Z])[A-Z\d]*\b      # of flights, rooms, parts
    | (?<![^\W_])\d+(?:[.,:]\d\d)?[ \u00a0]?[aApP]\.?[mM]\b(?:\.(?=\s*\w|,))?  # hours
    | (?<![^\W_])\d+(?:[.,:/\u00a0\u202f'’-]\d+)*                    # numbers, dates and times
    """,
    re.VERBOSE,
)
NUMBER = re.compile(r"(?<![^\W_])\d+(?:[.,:/\u00a0\u202f'’ -]\d+)*")
# An hour of twelve, which most languages write as one of twenty-four.
HOUR = re.compile(r"(\d+)(?:[.,:](\d\d))?[ \u00a0]?([aApP])\.?[mM]\.?")
HALF_OF_THE_DAY = (
    r"(?i:[ap]\.?m\b|du (?:matin|soir)|de l['’]après|da (?:manhã|tarde|noite)"
    r"|de la (?:mañana|tarde|noche)|(?:Uhr )?(?:morgens|vormittags|nachmittags|abends))"
)
BEHIND = ".,;:!?…)]}'\"’”»"  # may follow an address and is not part of it
OPENED = {")": "(", "]": "[", "}": "{"}
# Names that translation models copy, so that they can stand for an address in its sentence. Of
# eleven such sentences the small en→fr model kept the first in 8, the second in 7, the third in 5;
# of single letters ("X") and common first names none.
STAND_INS = ("Nike", "New York", "K9")
LONGEST_CODE_LINE = 500  # what is longer is prose; matching takes the square of the length


@dataclass(frozen=True)
class Part:
    """A part of a text, which is `fixed` or words."""

    text: str
    fixed: bool = False

    @property
    def has_words(self) -> bool:
        """Whether there is something to translate in it."""
        return not self.fixed and any(map(str.isalpha, self.text))


def blocks(text: str) -> Iterator[Part]:
    """A text in its order: lines of code are fixed."""
    at = 0
    for fence in FENCED.finditer(text):
        yield from _by_lines(text[at : fence.start()])
        yield Part(fence.group(), fixed=True)
        at = fence.end()
    yield from _by_lines(text[at:])


def _by_lines(text: str) -> Iterator[Part]:
    grown, fixed = "", False
    for line in text.splitlines(keepends=True):
        code = _is_code(line.rstrip()) or (fixed and not line.strip())
        if grown and code != fixed:
            yield Part(grown, fixed)
            grown = ""
        grown, fixed = grown + line, code
    if grown:
        yield Part(grown, fixed)


def _is_code(line: str) -> bool:
    return len(line) <= LONGEST_CODE_LINE and bool(CODE_LINE.fullmatch(line))


def parts(sentence: str) -> list[Part]:
    """A sentence in its order: what is fixed, and the words around it."""
    found, at = [], 0
    for match in FIXED.finditer(sentence):
        if match.start() < at:
            continue
        if match.start() > at:
            found.append(Part(sentence[at : match.start()]))
        fixed = _without_what_follows(match.group())
        found.append(Part(fixed, fixed=True))
        at = match.start() + len(fixed)
    return [*found, Part(sentence[at:])] if at < len(sentence) else found


def _without_what_follows(text: str) -> str:
    """An address without the punctuation of its sentence."""
    while ("://" in text or text.startswith("www.")) and text[-1] in BEHIND:
        opening = OPENED.get(text[-1])
        if opening and text.count(opening) >= text.count(text[-1]):
            break
        text = text[:-1]
    return text


@dataclass(frozen=True)
class StoodIn:
    """A sentence with names in the place of what is fixed, and what each stands for."""

    text: str
    stand_ins: tuple[tuple[str, str], ...]
    fixed: tuple[str, ...]

    def restored(self, translation: str) -> str | None:
        """The translation with what is fixed in its place; None if a name was lost or repeated."""
        for name, fixed in self.stand_ins:
            before, *rest = re.split(rf"(?<!\w){re.escape(name)}(?!\w)", translation)
            if len(rest) != 1:
                return None
            translation = before + fixed + rest[0]
        whole = with_numbers(translation, self.fixed)
        return None if lost(whole, self.fixed) else whole


def with_stand_ins(sentence: str) -> list[StoodIn]:
    """The sentence with names for addresses, code and the like, in each way that there is.

    Its hours are of twenty-four, which models copy: "6:15 p.m." became 18:00.
    """
    found = parts(sentence)
    fixed = tuple(one.text for one in found if one.fixed)
    texts = [_of_twenty_four(one.text) if one.fixed else one.text for one in found]
    copied = "".join(texts)
    ways = [StoodIn(copied, (), fixed)] if copied != sentence else []
    places = [n for n, one in enumerate(found) if one.fixed and not one.text[0].isdigit()]
    names = [one for one in STAND_INS if one not in sentence]
    if not places or len(places) > len(names):
        return ways
    for first in range(len(names)):
        turned = [*names[first:], *names[:first]]
        stand_ins = dict(zip(places, turned, strict=False))
        text = "".join(stand_ins.get(n, text) for n, text in enumerate(texts))
        named = tuple((stand_ins[n], found[n].text) for n in places)
        ways.append(StoodIn(text, named, fixed))
    return ways


def _of_twenty_four(fixed: str) -> str:
    if not (hour := HOUR.fullmatch(fixed)) or int(hour[1]) > 12:
        return fixed
    return f"{int(hour[1]) % 12 + 12 * (hour[3] in 'pP')}:{hour[2] or '00'}"


def with_numbers(translation: str, fixed: Sequence[str]) -> str:
    """The translation with the numbers of `fixed` as they are there, where it has as many.

    A number that was written another way, 3,50 for 3.50, or copied with a slip keeps its place.
    """
    numbers = [one for one in fixed if NUMBER.fullmatch(one)]
    hours = [re.search(_written(one), translation) for one in fixed if HOUR.fullmatch(one)]
    others = [one for one in fixed if not NUMBER.fullmatch(one) and not HOUR.fullmatch(one)]
    words = _parts_between(translation, [*others, *(found[0] for found in hours if found)])
    places = [found[0] for text, own in words if not own for found in NUMBER.finditer(text)]
    if len(places) != len(numbers):
        return translation
    left = list(numbers)
    same = {}
    for index, place in enumerate(places):
        if alike := next((one for one in left if _digits(one) == _digits(place)), None):
            same[index] = alike
            left.remove(alike)
    written = iter([same[index] if index in same else left.pop(0) for index in range(len(places))])
    return "".join(
        text if own else NUMBER.sub(lambda _: next(written), text) for text, own in words
    )


def _parts_between(text: str, others: Sequence[str]) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is one of the others."""
    if not others:
        return [(text, False)]
    pieces = re.split(f"({'|'.join(re.escape(one) for one in others)})", text)
    return [(piece, bool(index % 2)) for index, piece in enumerate(pieces)]


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)


def lost(translation: str, fixed: Sequence[str]) -> bool:
    """Whether something that is fixed does not stand in the translation, as often as it should."""
    return any(
        len(re.findall(_written(one), translation)) < count for one, count in Counter(fixed).items()
    )


def _written(fixed: str) -> str:
    """A pattern for what is fixed, in all ways that it may be written in a translation."""
    if not (hour := HOUR.fullmatch(fixed)):
        return rf"(?<!\d){re.escape(fixed)}(?!\d)" if fixed[0].isdigit() else re.escape(fixed)
    minute = hour[2] or "00"
    of_twenty_four = int(hour[1]) % 12 + 12 * (hour[3] in "pP")
    minutes = rf"\s?[:.hH]\s?{minute}(?!\d)"
    if minute == "00":
        minutes += r"|\s?h\b|\s?Uhr|\s?heures?|\s?horas?"
    of_twelve = rf"0?{int(hour[1])}(?:[:.h]{minute})?\s?{HALF_OF_THE_DAY}"
    return rf"{re.escape(fixed)}|(?<!\d)(?:0?{of_twenty_four}(?:{minutes})|{of_twelve})"
