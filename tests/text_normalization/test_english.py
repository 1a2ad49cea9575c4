"""English text in words: what is read otherwise than it is written, and what stays as it is."""

import pytest

from pipelines.text_normalization.english import in_words
from pipelines.text_normalization.spoken import as_spoken

SAID = [
    (
        "Dr. Smith paid $3.50 at 10:45.",
        "Doctor Smith paid three dollars and fifty cents at ten forty-five.",
    ),
    # Money
    ("$500", "five hundred dollars"),
    ("$1 and $0.99", "one dollar and ninety-nine cents"),
    (
        "£2.05, 3.50 € and ¥500",
        "two pounds and five pence, three euros and fifty cents and five hundred yen",
    ),
    (
        "$1.2 million, $5k, US$5bn",
        "one point two million dollars, five thousand dollars, five billion dollars",
    ),
    ("-$5 or $5-10", "minus five dollars or five to ten dollars"),
    ("$1,234.56", "one thousand two hundred and thirty-four dollars and fifty-six cents"),
    # Times
    ("At 10:05 or 5pm.", "At ten oh five or five P M."),
    ("10:00, 14:30, 14:00", "ten o'clock, fourteen thirty, fourteen hundred"),
    ("At 5 p.m. He left.", "At five P M. He left."),
    ("It ended 2:1.", "It ended two to one."),
    ("Mon-Fri 9am–5pm", "Monday to Friday nine A M to five P M"),
    ("9:00-17:30, 9-5pm", "nine o'clock to seventeen thirty, nine to five P M"),
    ("Tues. to Sat. in May, on Sun. 5 May", "Tuesday to Saturday in May, on Sunday May fifth"),
    ("The sun. We meet on Fri. It is", "The sun. We meet on Fri. It is"),
    # Dates and years
    ("March 5, 2024", "March fifth, twenty twenty-four"),
    ("on 5 March 2024", "on March fifth, twenty twenty-four"),
    ("2024-03-05", "March fifth, twenty twenty-four"),
    (
        "3/5/2024 and 25/12/2023",
        "March fifth, twenty twenty-four and December twenty-fifth, twenty twenty-three",
    ),
    ("the 4th of July, May 2024", "July fourth, May twenty twenty-four"),
    (
        "In 1984, 2005 and the 1990s",
        "In nineteen eighty-four, two thousand and five and the nineteen nineties",
    ),
    ("1914-1918", "nineteen fourteen to nineteen eighteen"),
    ("Is it May? 5 of us may.", "Is it May? five of us may."),
    # Roman numerals
    ("World War II", "World War two"),
    ("Elizabeth II and I", "Elizabeth the second and I"),
    ("Henry VIII and Charles V", "Henry the eighth and Charles the fifth"),
    ("Chapter V, Act III", "Chapter five, Act three"),
    ("Then I met Malcolm X.", "Then I met Malcolm X."),
    ("MIX, CIVIL, DIM, XL, Mix", "MIX, CIVIL, DIM, XL, Mix"),
    ("Start IV fluids", "Start I V fluids"),
    ("We saw Rocky IV", "We saw Rocky four"),
    ("Super Bowl LIV, size XL", "Super Bowl fifty-four, size XL"),
    ("II. Methods", "two. Methods"),
    ("If I'm late", "If I'm late"),
    # Abbreviations
    ("Mr. and Mrs. Jones", "Mister and Missus Jones"),
    ("Main St. in St. Louis", "Main Street in Saint Louis"),
    ("In St. Paul", "In Saint Paul"),
    ("St. Mary's St., at Anna's", "Saint Mary's Street, at Anna's"),
    ("e.g. this, etc.", "for example this, et cetera."),
    ("i.e. No. 5 on p. 3", "that is number five on page three"),
    ("the U.S. Army", "the U S Army"),
    ("Ch. 3, C# and/or F# w/o B", "Chapter three, C sharp and or F sharp without B"),
    # Measures, ordinals, fractions
    (
        "5 km/h, 1 km, 25°C, -5 °C",
        "five kilometres per hour, one kilometre, twenty-five degrees Celsius, minus five "
        "degrees Celsius",
    ),
    ("10-20 kg, 50%", "ten to twenty kilograms, fifty percent"),
    ("the 21st and the 103rd", "the twenty-first and the one hundred and third"),
    ("1/2, 3/4, 1½ cups", "one half, three quarters, one and a half cups"),
    ("open 24/7", "open twenty-four seven"),
    ("30 min. later, 2 tbsp", "thirty minutes later, two tablespoons"),
    ("It took 30 min. Then", "It took thirty minutes. Then"),
    ("5%–10%, 5 m/s²", "five percent to ten percent, five metres per second squared"),
    ("3 × 4 m, 10x, 18+", "three by four metres, ten times, eighteen plus"),
    ("1/100, 85/100, 2024/25", "one one hundredth, eighty-five out of one hundred, "
     "twenty twenty-four twenty-five"),
    # Numbers
    (
        "1,234,567 and 3.14",
        "one million two hundred and thirty-four thousand five hundred and sixty-seven "
        "and three point one four",
    ),
    ("it was -5", "it was minus five"),
    ("007", "zero zero seven"),
    ("Python 3.11.2", "Python three point eleven point two"),
    ("COVID-19, MP3, 4K", "COVID nineteen, MP three, four K"),
    ("2+2=4", "two plus two equals four"),
    ("AT&T", "AT and T"),
    ("[1, 2]", "[one, two]"),
    # Telephone numbers
    ("Call 555-1234.", "Call five five five, one two three four."),
    ("100-2000 km", "one hundred to two thousand kilometres"),
    ("$100-1000", "one hundred to one thousand dollars"),
    ("(555) 123-4567", "five five five, one two three, four five six seven"),
    ("+44 20 7946 0958", "plus four four, two zero, seven nine four six, zero nine five eight"),
    # Written in a hurry, elsewhere, or by a program
    ("It costs $.50 or .5", "It costs fifty cents or zero point five"),
    ("€5,50 or 5,50 €", "five euros and fifty cents or five euros and fifty cents"),
    ("1.000.000 or 10 000 or 10'000", "one million or ten thousand or ten thousand"),
    ("1\u202f234", "one thousand two hundred and thirty-four"),
    ("₹1,50,000", "one hundred and fifty thousand rupees"),
    ("Rs. 500, 500 INR, ₩5000", "five hundred rupees, five hundred rupees, five thousand won"),
    ("$5 USD", "five dollars"),
    ("$20/hr, £5.99/month", "twenty dollars per hour, five pounds and ninety-nine pence per month"),
    ("the 1ST and 3RD", "the first and third"),
    ("2024/12/25", "December twenty-fifth, twenty twenty-four"),
    ("at 10.45am", "at ten forty-five A M"),
    ("Mr.Jones and Dr.Smith", "Mister Jones and Doctor Smith"),
    ("Elizabeth II's", "Elizabeth the second's"),
    ("978-3-16-14-0", "nine seven eight, three, one six, one four, zero"),
    ("⅝ inch, E=mc^2, x²", "five eighths inch, E equals mc squared, x squared"),
    ("~5, ≈3, <5, ± 2", "about five, about three, less than five, plus or minus two"),
    ("4x4 and 0x1F", "four by four and zero x one F"),
    ("5/5 stars, 0/10", "five out of five stars, zero out of ten"),
    ("at 20:15h, v1.2.3", "at twenty fifteen, v one point two point three"),
    ("1.234,56 €", "one thousand two hundred and thirty-four euros and fifty-six cents"),
    ("He is 6'2 or 5' 6\".", "He is six foot two or five foot six."),
    ("5‰ of .NET", "five per thousand of .NET"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "said"), SAID)
def test_english_is_said_as_people_say_it(written: str, said: str) -> None:
    assert in_words(written) == said


@pytest.mark.parametrize(("written", "said"), SAID)
def test_what_is_in_words_already_stays(written: str, said: str) -> None:
    assert in_words(said) == said


@pytest.mark.parametrize(
    "text",
    [part * 1_000 for part in "9 1, 1- 1. 1/ 1: $ 555- +1 2024- 1½ £1 5km 1st II 1'1".split()],
    ids=lambda text: ascii(text[:5]),
)
def test_no_digit_is_left_of_any_numbers(text: str) -> None:
    assert not any(c.isdigit() for c in in_words(text))


@pytest.mark.parametrize("language", ["de", "fr-FR", "", "zh", "enm"])
def test_other_languages_are_left_as_they_are(language: str) -> None:
    assert as_spoken("Dr. Ott zahlt $3.50 um 10:45.", language) == "Dr. Ott zahlt $3.50 um 10:45."


@pytest.mark.parametrize("language", ["en", "en-us", "en_GB", "EN-gb-x-rp"])
def test_all_kinds_of_english_are_english(language: str) -> None:
    assert as_spoken("$5", language) == "five dollars"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("- two apples\n", "two apples."),
        ("• pears\n\n", "pears."),
        ("Who is there?\n", "Who is there?"),
        ('He said "no" \n', 'He said "no".'),
        ("Wait …\r\n", "Wait …"),
        ("the last one", "the last one"),
        ("so:\n", "so:"),
    ],
)
def test_a_line_ends_with_a_mark(line: str, said: str) -> None:
    assert as_spoken(line, "en") == said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("## A *short* title", "A short title"),
        ("- **Yes**, __all__ of ~~them~~ it", "Yes, all of them it"),
        ("> See [the docs](https://example.org/a) now", "See the docs now"),
        ("See https://www.example.org/a now", "See www.example.org/a now"),
        ("<p>Salt &amp; <b>pepper</b>, 3 < 4</p>", "Salt & pepper , 3 < 4"),
        ("2*3*4, snake_case_name, a * b", "2*3*4, snake_case_name, a * b"),
    ],
)
def test_signs_of_markdown_are_not_said(line: str, said: str) -> None:
    assert as_spoken(line, "de") == said
