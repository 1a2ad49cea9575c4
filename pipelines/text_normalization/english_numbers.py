"""English numbers in words, by num2words: amounts, years, clock times, dates, fractions."""

from num2words import num2words

MONTHS = {
    name: index
    for index, names in enumerate(
        "January Jan|February Feb|March Mar|April Apr|May|June Jun|July Jul|August Aug"
        "|September Sept Sep|October Oct|November Nov|December Dec".split("|"),
        1,
    )
    for name in names.split()
}
MONTH_NAMES = [next(name for name, index in MONTHS.items() if index == i) for i in range(1, 13)]
DIGITS = "zero one two three four five six seven eight nine".split()
LONGEST = 15  # digits of what is said as one number


def digits(written: str) -> str:
    """Digit by digit: "007" → "zero zero seven"."""
    return " ".join(DIGITS[int(one)] for one in written)


def number(written: str | int) -> str:
    """A whole number; digit by digit where it is too long, or begins with zero."""
    text = str(written).replace(",", "")
    if len(text) > LONGEST or (len(text) > 1 and text[0] == "0"):
        return digits(text)
    return _plain(num2words(int(text)))


def decimal(written: str) -> str:
    """A number with or without a point: "1,234.05" → "one thousand ... point zero five"."""
    whole, _, rest = written.replace(",", "").partition(".")
    return f"{number(whole)} point {digits(rest)}" if rest else number(whole)


def ordinal(value: int) -> str:
    """21 → "twenty-first"."""
    return _plain(num2words(value, to="ordinal"))


def year(written: str) -> str:
    """ "1984" → "nineteen eighty-four"; two digits as they are said: "05" → "oh five"."""
    if len(written) == 2:
        return f"oh {DIGITS[int(written)]}" if written[0] == "0" else number(written)
    return _plain(num2words(int(written), to="year"))


def date(month: int, day: int, of: str | None) -> str:
    """3, 5, "2024" → "March fifth, twenty twenty-four"."""
    return f"{MONTH_NAMES[month - 1]} {ordinal(day)}" + (f", {year(of)}" if of else "")


def clock(hour: int, minute: str, second: str | None, half: str) -> str:
    """10, "05", None, "" → "ten oh five"; `half` is AM, PM or nothing."""
    said = number(hour)
    if not minute or minute == "00":
        said += "" if half else " hundred" if hour > 12 or not hour else " o'clock"
    else:
        said += f" {year(minute)}"
    if second:
        said += f" and {number(int(second))} second{'' if int(second) == 1 else 's'}"
    return f"{said} {' '.join(half)}" if half else said


def amount(written: str, magnitude: str | None, currency: tuple[str, str, str, str]) -> str:
    """ "3.50" of dollars → "three dollars and fifty cents"."""
    one, many, cent, cents = currency
    if magnitude:
        return f"{decimal(written)} {magnitude} {many}"
    whole, _, rest = written.replace(",", "").partition(".")
    if not cent or (rest and len(rest) != 2):
        return f"{decimal(written)} {one if written == '1' else many}"
    minor = int(rest or 0)
    parts = []
    if whole.strip("0") or not minor:
        parts.append(f"{number(whole)} {one if whole == '1' else many}")
    if minor:
        parts.append(f"{number(minor)} {cent if minor == 1 else cents}")
    return " and ".join(parts)


def measure(written: str, unit: tuple[str, str], per: str | None) -> str:
    """ "-3.5" of ("kilometre", "kilometres") per hour."""
    minus = "minus " if written[0] in "-−" else ""
    written = written.lstrip("-−")
    name = unit[0] if written == "1" else unit[1]
    return f"{minus}{decimal(written)} {name}" + (f" per {per}" if per else "")


def fraction(whole: str | None, top: int, bottom: int) -> str:
    """2, 1, 2 → "two and a half"; no fraction anybody would say: "twenty-four seven"."""
    if not whole and bottom in (5, 10, 100) and (top == 0 or top == bottom):
        return f"{number(top)} out of {number(bottom)}"  # a rating
    if not whole and bottom in (100, 1000) and top > 1:
        return f"{number(top)} out of {number(bottom)}"
    if not 0 < top < bottom or 20 < bottom < 100:
        said = f"{number(top)} {number(bottom)}"
        return f"{number(whole)} {said}" if whole else said
    part = {2: "half", 4: "quarter"}.get(bottom) or ordinal(bottom)
    said = f"{number(top)} {part}{'' if top == 1 else 's'}"
    if not whole:
        return said
    return f"{number(whole)} and {'a ' + part if top == 1 else said}"


def roman(numeral: str) -> int:
    """The value of a numeral of I, V, X and L."""
    values = [{"I": 1, "V": 5, "X": 10, "L": 50}[letter] for letter in numeral]
    following = [*values[1:], 0]
    return sum(-a if a < b else a for a, b in zip(values, following, strict=True))


def _plain(said: str) -> str:
    return said.replace(",", "")  # a comma would be a pause
