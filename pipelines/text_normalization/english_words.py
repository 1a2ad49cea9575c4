"""What English abbreviations, units and currencies are called, and whose numerals are ordinals."""

TITLES = {
    "Mr": "Mister", "Mrs": "Missus", "Ms": "Miz", "Prof": "Professor", "Rev": "Reverend",
    "Gen": "General", "Sen": "Senator", "Rep": "Representative", "Gov": "Governor",
    "Capt": "Captain", "Lt": "Lieutenant", "Col": "Colonel", "Sgt": "Sergeant",
    "Pres": "President", "Hon": "Honourable", "Mt": "Mount", "Ft": "Fort",
}  # fmt: skip
# Said so wherever they stand with their full stop; AT_THE_END may end a sentence with it.
AT_THE_END = frozenset("etc dept Dept Jr Sr Ave Blvd Rd Inc Ltd Corp Co Bros".split())
ABBREVIATIONS = {
    "e.g": "for example", "i.e": "that is", "etc": "et cetera", "vs": "versus", "cf": "compare",
    "approx": "approximately", "dept": "department", "Dept": "Department", "Jr": "Junior",
    "Sr": "Senior", "Ave": "Avenue", "Blvd": "Boulevard", "Rd": "Road", "Inc": "Incorporated",
    "Ltd": "Limited", "Corp": "Corporation", "Co": "Company", "Bros": "Brothers", "Fig": "Figure",
    "Figs": "Figures", "fig": "figure", "figs": "figures", "vol": "volume", "Vol": "Volume",
    "tel": "telephone", "Tel": "Telephone", "a.k.a": "also known as",
}  # fmt: skip
BEFORE_A_NUMBER = {
    "Ch": "Chapter", "ch": "chapter", "Sec": "Section", "sec": "section", "Art": "Article",
    "Apt": "Apartment", "apt": "apartment", "Eq": "Equation", "eq": "equation", "ver": "version",
    "Ver": "Version", "Tab": "Table",
}  # fmt: skip
DAYS = {
    "Mon": "Monday", "Tue": "Tuesday", "Tues": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday",
    "Thur": "Thursday", "Thurs": "Thursday", "Fri": "Friday", "Sat": "Saturday", "Sun": "Sunday",
}  # fmt: skip
# Capitalised at the beginning of a sentence, and no name of a street: "In St. Paul".
NOT_A_STREET = frozenset(
    "A And As At But By For From He Her His I If In Into It Its My Near No Of On Or Our She So "
    "That The Their Then They This Through To Under We When Where While With You Your Is Was Ask "
    "Call Visit See Meet Dear Hello Hi Yes Both After Before Since".split()
)
# one, many, a hundredth, hundredths; none: no one counts them.
CURRENCIES = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "US$": ("dollar", "dollars", "cent", "cents"),
    "USD": ("dollar", "dollars", "cent", "cents"),
    "A$": ("Australian dollar", "Australian dollars", "cent", "cents"),
    "C$": ("Canadian dollar", "Canadian dollars", "cent", "cents"),
    "€": ("euro", "euros", "cent", "cents"),
    "EUR": ("euro", "euros", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "GBP": ("pound", "pounds", "penny", "pence"),
    "¥": ("yen", "yen", "", ""),
    "JPY": ("yen", "yen", "", ""),
    "₹": ("rupee", "rupees", "", ""),
    "CHF": ("franc", "francs", "", ""),
    "¢": ("cent", "cents", "", ""),
    "₩": ("won", "won", "", ""),
    "₽": ("rouble", "roubles", "", ""),
    "฿": ("baht", "baht", "", ""),
    "₪": ("shekel", "shekels", "", ""),
    "₺": ("lira", "lira", "", ""),
    "INR": ("rupee", "rupees", "", ""),
    "Rs.": ("rupee", "rupees", "", ""),
    "Rs": ("rupee", "rupees", "", ""),
    "AUD": ("Australian dollar", "Australian dollars", "cent", "cents"),
    "CAD": ("Canadian dollar", "Canadian dollars", "cent", "cents"),
    "NZ$": ("New Zealand dollar", "New Zealand dollars", "cent", "cents"),
}
MAGNITUDES = {
    "thousand": "thousand", "million": "million", "billion": "billion", "trillion": "trillion",
    "k": "thousand", "K": "thousand", "m": "million", "M": "million", "bn": "billion",
    "b": "billion", "B": "billion",
}  # fmt: skip
UNITS = {
    sign: (one, many)
    for one, many, signs in [
        ("kilometre", "kilometres", "km kms"),
        ("metre", "metres", "m"),
        ("centimetre", "centimetres", "cm"),
        ("millimetre", "millimetres", "mm"),
        ("square metre", "square metres", "m²"),
        ("square kilometre", "square kilometres", "km²"),
        ("cubic metre", "cubic metres", "m³"),
        ("mile", "miles", "mi"),
        ("mile per hour", "miles per hour", "mph"),
        ("kilometre per hour", "kilometres per hour", "kph"),
        ("foot", "feet", "ft"),
        ("yard", "yards", "yd"),
        ("kilogram", "kilograms", "kg kgs"),
        ("gram", "grams", "g"),
        ("milligram", "milligrams", "mg"),
        ("pound", "pounds", "lb lbs"),
        ("ounce", "ounces", "oz"),
        ("litre", "litres", "l L"),
        ("millilitre", "millilitres", "ml mL"),
        ("tablespoon", "tablespoons", "tbsp tbsps"),
        ("teaspoon", "teaspoons", "tsp tsps"),
        ("pint", "pints", "pt"),
        ("gallon", "gallons", "gal"),
        ("inch", "inches", "″"),
        ("second squared", "seconds squared", "s²"),
        ("hour", "hours", "h hr hrs"),
        ("minute", "minutes", "min mins"),
        ("second", "seconds", "s sec secs"),
        ("millisecond", "milliseconds", "ms"),
        ("degree Celsius", "degrees Celsius", "°C ℃"),
        ("degree Fahrenheit", "degrees Fahrenheit", "°F ℉"),
        ("degree", "degrees", "°"),
        ("percent", "percent", "%"),
        ("per thousand", "per thousand", "‰"),
        ("kilobyte", "kilobytes", "kB KB"),
        ("megabyte", "megabytes", "MB"),
        ("gigabyte", "gigabytes", "GB"),
        ("terabyte", "terabytes", "TB"),
        ("megabit", "megabits", "Mb Mbit"),
        ("gigabit", "gigabits", "Gb Gbit"),
        ("hertz", "hertz", "Hz"),
        ("kilohertz", "kilohertz", "kHz"),
        ("megahertz", "megahertz", "MHz"),
        ("gigahertz", "gigahertz", "GHz"),
        ("watt", "watts", "W"),
        ("kilowatt", "kilowatts", "kW"),
        ("kilowatt hour", "kilowatt hours", "kWh"),
        ("megawatt", "megawatts", "MW"),
        ("volt", "volts", "V"),
        ("decibel", "decibels", "dB"),
        ("kilocalorie", "kilocalories", "kcal"),
        ("hectare", "hectares", "ha"),
    ]
    for sign in signs.split()
}
# What a price or a rate is for: "$5/month".
PER = {
    "month": "month", "mo": "month", "hour": "hour", "hr": "hour", "h": "hour", "day": "day",
    "week": "week", "wk": "week", "year": "year", "yr": "year", "person": "person",
    "night": "night", "kg": "kilogram", "g": "gram", "lb": "pound", "l": "litre",
    "min": "minute", "mi": "mile", "km": "kilometre", "user": "user", "unit": "unit",
}  # fmt: skip
BEFORE_NUMBERS = {
    "~": "about", "≈": "about", "<": "less than", ">": "more than", "≤": "at most",
    "≥": "at least", "±": "plus or minus",
}  # fmt: skip
# Behind these a numeral is a number, also a single letter: "World War I", "Chapter V".
NUMBERED = frozenset(
    "war chapter part act scene volume book phase type stage section article appendix class level "
    "episode season figure table grade unit lesson title mark group division bowl schedule".split()
)
# Behind these it is an ordinal, also a single letter: "Elizabeth I".
RULERS = frozenset(
    "Elizabeth Charles James Henry William George Edward Richard Louis Philip Francis Frederick "
    "Ferdinand Napoleon Peter Catherine Nicholas Alexander Ivan Paul Pius Benedict Gregory John "
    "Leo Clement Innocent Urban Boniface Sixtus Julius Otto Leopold Joseph Maximilian Wilhelm "
    "Ramesses Ramses Cleopatra Ptolemy Darius Xerxes Cyrus Mary Anne Robert Stephen Alfonso "
    "Alfred Umberto Victor Emmanuel Pedro Juan Felipe Carlos Gustav Haakon Harald Christian "
    "Olav Albert Baudouin Rainier Juliana Mehmed Suleiman Selim Murad Abdul Faisal Hussein "
    "Abdullah Constantine Theodosius Justinian Basil Michael Rudolf Sigismund Casimir".split()
)
