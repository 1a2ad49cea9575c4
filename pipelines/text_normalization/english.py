"""English text as it is said: "$3.50 at 10:45" → "three dollars and fifty cents at ten forty-five".

For voices, which read letters: some leave digits away (MMS, SpeechT5), espeak reads "$" and "II" as
"dollar" and "roman two". An ordered list of rules, each a pattern and what is said for it; a rule
leaves no digit, so that none after it reads the same number again. Where written English has
several readings, the most common one is said: 3/5/2024 is March fifth, as in America.

It is here, for the libraries that do it need pynini, a compiler of grammars of 100 MB, or are some
weeks old.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from re import Match

from pipelines.text_normalization.english_numbers import (
    MONTH_NAMES,
    MONTHS,
    amount,
    clock,
    date,
    decimal,
    digits,
    fraction,
    measure,
    number,
    ordinal,
    roman,
    year,
)
from pipelines.text_normalization.english_words import (
    ABBREVIATIONS,
    AT_THE_END,
    BEFORE_A_NUMBER,
    BEFORE_NUMBERS,
    CURRENCIES,
    DAYS,
    MAGNITUDES,
    NOT_A_STREET,
    NUMBERED,
    PER,
    RULERS,
    TITLES,
    UNITS,
)

Said = str | Callable[[Match[str]], str]


def _any(words: Iterable[str]) -> str:
    """A pattern for one of these, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=lambda w: (-len(w), w)))


# Thousands in threes, or as in India: "1,50,000".
NUM = r"\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?|\d+(?:\.\d+)?"
SYMBOLS = "$€£¥₹"
START = r"(?<![\w.,])"  # a number begins here
END = r"(?![\w]|[.,:/]\d)"  # and ends here
MONTH = rf"(?P<month>{_any(MONTHS)})\b\.?"
DAY = r"(?P<day>[12]\d|3[01]|0?[1-9])"
YEAR = r"(?P<year>1\d{3}|20\d{2})"
NTH = r"(?:st|nd|rd|th)?"
NAME = r"[A-Z][a-z]+"
CLOCK = r"(?:\d{1,2}(?::[0-5]\d(?:\s?[AaPp]\.?[Mm]\b)?|\s?[AaPp]\.?[Mm]\b))"
SENTENCE_ENDS = r"(?=\s*$|\s+[A-Z\"“(])"  # the full stop of an abbreviation is the sentence's too


def _money(match: Match[str]) -> str:
    sign = "minus " if match.group("minus") else ""
    symbol = match.group("symbol")
    spoken = amount(match["number"], MAGNITUDES.get(match["scale"] or ""), CURRENCIES[symbol])
    return f"{sign}{spoken}"


def _money_range(match: Match[str]) -> str:
    low = decimal(match["low"])
    high = amount(match["high"], MAGNITUDES.get(match["scale"] or ""), CURRENCIES[match["symbol"]])
    return f"{low} to {high}"


def _date(match: Match[str]) -> str:
    parts = match.groupdict()
    month = parts["month"]
    index = MONTHS[month] if month in MONTHS else int(month)
    return date(index, int(parts["day"]), parts.get("year"))


def _slashes(match: Match[str]) -> str:
    first, second, of = int(match["first"]), int(match["second"]), match["year"]
    month, day = (second, first) if first > 12 or match["dot"] == "." else (first, second)
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return f"{number(first)} {number(second)} {number(int(of))}"
    return date(month, day, of)


def _time(match: Match[str]) -> str:
    half = (match["half"] or "").replace(".", "").upper()
    said = clock(int(match["hour"]), match["minute"], match["second"], half)
    ends = match[0].endswith(".") and re.match(SENTENCE_ENDS, match.string[match.end() :])
    return f"{said}." if ends else said


def _phone(match: Match[str]) -> str:
    plus = "plus " if match[0].startswith("+") else ""
    return plus + ", ".join(digits(group) for group in re.findall(r"\d+", match[0]))


def _street_or_saint(match: Match[str]) -> str:
    before, ends = match["before"], match["ends"] is not None
    following_name = match["name"] is not None
    place = before is not None and before not in NOT_A_STREET
    drive = match["word"].startswith("Dr")
    if place and (ends or not following_name):
        stop = "." if ends else ""
        return f"{before} {'Drive' if drive else 'Street'}{stop}"
    named = match.string[match.end() : match.end() + 1].isalpha()  # "Dr.Smith"
    return f"{before + ' ' if before else ''}{'Doctor' if drive else 'Saint'}{' ' * named}"


def _roman(match: Match[str]) -> str:
    before, numeral = match["before"], match["numeral"]
    value = roman(numeral)
    if before.lower() in NUMBERED:
        return f"{before} {number(value)}"
    if before in RULERS:
        return f"{before} the {ordinal(value)}"
    name = match.start() > 0 and before[0].isupper()  # "I saw Rocky IV"
    if numeral == "IV" and not name:
        return f"{before} I V"  # "Start IV fluids"
    if len(numeral) == 1 or "L" in numeral:  # "Then I went", "Plan V", "size XL"
        return match[0]
    return f"{before} {number(value)}"


def _measure(match: Match[str]) -> str:
    return measure(match["number"], UNITS[match["unit"]], match["per"] and UNITS[match["per"]][0])


RULES: list[tuple[str, Said]] = [
    # Numbers as they are written elsewhere, and short.
    (r"(?<![\w.,])(\d{1,3})((?:'\d{3})+)(?!\d)", lambda m: m[0].replace("'", ",")),
    (r"(?<![\w.,])\d{1,3}(?:\.\d{3}){2}(?![.\d])", lambda m: m[0].replace(".", ",")),
    (
        r"(?<![\w.,+-])(?<!\d )[1-9]\d{0,2}(?: \d{3})* 000(?: \d{3})*(?! ?\d)",
        lambda m: m[0].replace(" ", ","),
    ),
    (
        r"(?<![\w.,])(\d{1,3}(?:\.\d{3})+),(\d\d)(?![\d,.]?\d)",
        lambda m: f"{m[1].replace('.', ',')}.{m[2]}",
    ),
    (rf"(?<=[{SYMBOLS}])(\s?\d+),(?=\d\d(?!\d|,\d))", r"\1."),
    (rf"(?<![\w.,])(\d+),(?=\d\d\s?(?:[{SYMBOLS}]|EUR\b))", r"\1."),
    (r"(?<![\w.])\.(?=\d)", "0."),
    # Abbreviations.
    (
        rf"(?:\b(?P<before>{NAME}(?:['’]s)?|\d+(?:st|nd|rd|th))\s)?\b(?P<word>St|Dr)\b\.?"
        rf"(?:(?=\s(?P<name>{NAME}))|(?P<ends>(?<=\.)\s*$)|)",
        _street_or_saint,
    ),
    (rf"\b({_any(TITLES)})\.(\s*)(?=[A-Z])", lambda m: TITLES[m[1]] + (m[2] or " ")),
    (r"\b(Mrs?|Ms)\.", lambda m: TITLES[m[1]]),
    (rf"\b({_any(AT_THE_END)})\.{SENTENCE_ENDS}", lambda m: ABBREVIATIONS[m[1]] + "."),
    (rf"\b({_any(ABBREVIATIONS)})\.", lambda m: ABBREVIATIONS[m[1]]),
    (r"\b[Nn]os?\.\s?(?=\d)", "number "),
    (r"\b[Pp]p?\.\s?(?=\d)", lambda m: "pages " if "pp" in m[0].lower() else "page "),
    (rf"\b({_any(BEFORE_A_NUMBER)})\.\s?(?=\d|[IVX]+\b)", lambda m: f"{BEFORE_A_NUMBER[m[1]]} "),
    (r"(?<!\w)#(?=\d)", "number "),
    (r"\b([A-G])#(?!\w)", r"\1 sharp"),
    (r"\bw/o\b", "without"),
    (r"\bw/(?=\s)", "with"),
    (r"\band/or\b", "and or"),
    (r"(?<=st |nd |rd |th )Ave\b", "Avenue"),
    # Roman numerals behind a name.
    (
        r"\b(?P<before>[A-Za-z]+)\s(?P<numeral>(?:XL|L?X{0,3})(?:IX|IV|V?I{0,3}))\b(?<=[IVXL])"
        r"(?!(?!'s\b)['.]?\w)",
        _roman,
    ),
    (r"^[IVX]{2,}(?=\.\s)", lambda m: number(roman(m[0]))),  # a heading's
    (r"\bIV\b", "I V"),
    # Ranges of days and times, and days.
    (rf"\b({_any(DAYS)})\.?\s?[-–]\s?(?=(?:{_any(DAYS)})\b)", lambda m: f"{DAYS[m[1]]} to "),
    (rf"(?<=\sto\s)({_any(DAYS)})\b(?:\.(?!\s*$))?", lambda m: DAYS[m[1]]),
    (rf"\b({_any(DAYS)})\b\.?(?=,?\s(?:to\s|the\s)?(?:\d|{MONTH}))", lambda m: DAYS[m[1]]),
    (rf"\b({_any(set(DAYS) - {'Sat', 'Sun'})})\.(?=,|\s+[a-z])", lambda m: DAYS[m[1]]),
    (
        rf"(?<![\w:.-])({CLOCK}|\d{{1,2}})\s?[-–]\s?(?={CLOCK}(?![\w:-]))",
        r"\1 to ",
    ),
    # Telephone numbers.
    (
        r"(?<![\w.+$€£¥-])(?:\+\d{1,3}(?:[ .-]?\(?\d{1,4}\)?){2,5}"
        r"|(?:1[ .-])?(?:\(\d{3}\)\s?|\d{3}[ .-])\d{3}[ .-]\d{4}|\d{3}-\d{4}"
        rf"|0\d{{2,4}}[ -]\d{{3,4}}[ -]?\d{{3,4}})(?![\w-]|[.,]\d|\s?(?:{_any(UNITS)})(?!\w))",
        _phone,
    ),
    # Dates.
    (r"(?<![\w/])9/11(?![\w/])", "nine eleven"),
    (
        r"(?<![\w/-])(?P<year>\d{4})(?P<dash>[/-])(?P<month>0[1-9]|1[0-2])(?P=dash)"
        r"(?P<day>0[1-9]|[12]\d|3[01])(?![\w/-])",
        _date,
    ),
    (
        r"(?<![\w/.])(?P<first>\d{1,2})(?P<dot>[/.])(?P<second>\d{1,2})(?P=dot)(?P<year>\d{4})(?![\w/])",
        _slashes,
    ),
    (rf"\b{MONTH}\s+{DAY}{NTH}(?:,?\s+{YEAR})?{END}", _date),
    (rf"(?<![\w.,])(?:the\s+)?{DAY}{NTH}\s+(?:of\s+)?{MONTH}(?:,?\s+{YEAR})?(?!\w)", _date),
    (
        rf"\b{MONTH}\s+{YEAR}{END}",
        lambda m: f"{MONTH_NAMES[MONTHS[m['month']] - 1]} {year(m['year'])}",
    ),
    (r"(?<![\w'’])['’]?(?P<decade>(?:1\d|20)?\d0)['’]?s\b", lambda m: _decade(m["decade"])),
    # Times.
    (
        r"(?<![\w:.])(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?"
        r"(?:\s?(?P<half>[AaPp]\.?[Mm]\b\.?)|\s?h\b)?(?![\d:])",
        _time,
    ),
    (
        r"(?<![\w:.])(?P<hour>1[0-2]|0?[1-9])(?:\.(?P<minute>[0-5]\d))?(?P<second>)\s?"
        r"(?P<half>[AaPp]\.[Mm]\.|[AaPp][Mm]\b)",
        _time,
    ),
    (r"(?<![\w:.])(\d{1,3}):(\d{1,3})(?![\w:])", lambda m: f"{number(m[1])} to {number(m[2])}"),
    # Money.
    (
        rf"(?P<symbol>{_any(CURRENCIES)})\s?(?P<low>{NUM})\s?(?:-|–|to)\s?"
        rf"(?:(?P=symbol)\s?)?(?P<high>{NUM})\s?(?P<scale>{_any(MAGNITUDES)})?\b",
        _money_range,
    ),
    (
        rf"(?P<minus>(?<!\w)-)?(?<!\w)(?P<symbol>{_any(CURRENCIES)})\s?(?P<number>{NUM})"
        rf"(?:\s?(?P<scale>{_any(MAGNITUDES)})\b)?(?:\s(?:USD|EUR|GBP|JPY)\b)?",
        _money,
    ),
    (
        rf"(?P<minus>(?<!\w)-)?{START}(?P<number>{NUM})\s?(?:(?P<scale>{_any(MAGNITUDES)})\s)?"
        rf"(?P<symbol>{_any(CURRENCIES)})(?!\w)",
        _money,
    ),
    (
        rf"(?<!\w)([€$£])/({_any(PER)})\b",
        lambda m: f"{CURRENCIES[m[1]][1]} per {PER[m[2]]}",
    ),
    (rf"(?<=[a-z])/({_any(PER)})\b", lambda m: f" per {PER[m[1]]}"),
    # Measures, ordinals, fractions, ranges.
    (
        r"(?<![\w-])\d+(?:-\d+){2,}(?![\w-])",  # an ISBN, a number of an account
        lambda m: ", ".join(map(digits, m[0].split("-"))),
    ),
    (
        r"(?<!\w)(\d{1,2})['′]\s?(\d{1,2})(?:[\"″]|(?![\w'′]))",
        lambda m: f"{number(m[1])} foot {number(m[2])}",
    ),
    (
        rf"{START}(?P<low>{NUM})\s?[-–]\s?(?P<high>{NUM})(?=\s?(?:{_any(UNITS)})(?!\w))",
        lambda m: f"{decimal(m['low'])} to {m['high']}",
    ),
    (rf"(?<=\d)\s?[×x]\s?(?=(?:{NUM})\s?(?:{_any(UNITS)})(?!\w))", " by "),
    (r"(?<=[%°])\s?[-–]\s?(?=\d)", " to "),
    (
        rf"(?P<number>(?:(?<![\w.,)])[-−])?(?<![\w.,])(?:{NUM}))\s?(?P<unit>{_any(UNITS)})"
        rf"(?:/(?P<per>{_any(UNITS)}))?(?!\w)(?:\.(?=\s[a-z]))?",
        _measure,
    ),
    (
        r"(?<![\w.,])(\d{1,9}(?:,\d{3})*)(?:st|nd|rd|th|ST|ND|RD|TH)\b",
        lambda m: ordinal(_whole(m[1])),
    ),
    (
        r"(?<![\w./])(?:(?P<whole>\d{1,6})\s)?(?P<top>\d{1,2})/(?P<bottom>\d{1,2}|100|1,?000)(?![\w/])",
        lambda m: fraction(m["whole"], int(m["top"]), _whole(m["bottom"])),
    ),
    (
        rf"{START}(?P<low>{YEAR})\s?[-–]\s?(?P<high>(?:1\d|20)?\d\d){END}",
        lambda m: f"{year(m['low'])} to {year(m['high'])}",
    ),
    (rf"{START}{YEAR}/(\d\d)(?![\w/])", lambda m: f"{year(m['year'])} {number(m[2])}"),
    (rf"{START}({NUM})[-–]({NUM}){END}", lambda m: f"{decimal(m[1])} to {decimal(m[2])}"),
    (r"(?<![\w<>])([~≈<>≤≥±])\s?(?=\d)", lambda m: BEFORE_NUMBERS[m[1]] + " "),
    # What is left of numbers.
    (r"(?<=\w)\s?\^\s?2\b|(?<=\w)²", " squared"),
    (r"(?<=\w)\s?\^\s?3\b|(?<=\w)³", " cubed"),
    (r"(?<=\w)\s?\^\s?(?=\w)", " to the power of "),
    (rf"{START}{YEAR}(?![\w%]|[.,:/]\d)", lambda m: year(m["year"])),
    (
        r"(?<![\d.])([^\W\d_]?)(\d+(?:\.\d+){2,})",
        lambda m: f"{m[1]} ".lstrip() + " point ".join(map(number, m[2].split("."))),
    ),
    (r"(?:(?<=\s)|^)[-−](?=\d)", "minus "),
    (r"(?<=[^\W\d_])-?(?=\d)|(?<=\d)-?(?=[^\W\d_])", " "),  # MP3, COVID-19, 4K
    (r"(?<=\d)\s?[+](?=\s?\d)", " plus "),
    (r"(?<=\d)\s?[×*](?=\s?\d)", " times "),
    (r"(?<=\d)(?<!\b0)\s?x(?=\s?\d)", " by "),
    (r"(?<=\d)\s?÷(?=\s?\d)", " divided by "),
    (r"(?<=\d)(?<!\b0) ?x(?![\w-]| \d)", " times"),
    (r"(?<=\d)\+(?!\w)", " plus"),
    (NUM, lambda m: decimal(m[0])),
    # Signs.
    (r"\s?%", " percent"),
    (r"\s?°", " degrees"),
    (r"(?<=\w)\s?=\s?(?=\w)", " equals "),
    (r"\s?&\s?", " and "),
    (r"(?<=\w)@(?=\w)", " at "),
    (r"\b(?:[A-Z]\.){2,}(?=\s*$)", lambda m: " ".join(m[0].replace(".", "")) + "."),  # U.S.
    (r"\b(?:[A-Z]\.){2,}", lambda m: " ".join(m[0].replace(".", ""))),
    (r"[ \t]{2,}", " "),
    (r"[ \t]+(?=[.,;:!?](?!\w))", ""),
]
COMPILED = [(re.compile(pattern), said) for pattern, said in RULES]
FRACTIONS = {
    sign: unicodedata.normalize("NFKC", sign).replace("⁄", "/") for sign in "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
}
GROUPS = re.compile(r"(?<=\d)[\u00a0\u202f\u2009](?=\d{3}(?!\d))")  # spaces within a number
SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "−": "-", "’": "'"})


def _whole(written: str) -> int:
    return int(written.replace(",", ""))


def _decade(written: str) -> str:
    said = year(written) if len(written) == 4 else number(written)
    return said[:-1] + "ies" if said.endswith("y") else said + "s"


def in_words(text: str) -> str:
    """The text with its numbers and signs in words; what is said already stays as it is."""
    text = GROUPS.sub(",", text).translate(SPACES)
    for sign, written in FRACTIONS.items():
        text = re.sub(rf"(?<=\d)\s?{sign}", f" {written}", text).replace(sign, written)
    for pattern, said in COMPILED:
        text = pattern.sub(said, text)
    return text
