"""The shapes of the questions that the photo describer can answer, as patterns.

They are matched after `questions` has made a question plain: small letters, no politeness, # for a
noun or several. What asks for text is matched with its nouns.
"""

import re

from pipelines.engines.photo.wording import NUMBERS

THE = (
    r"(?: (?:the|a|an|any|some|this|that|these|those|all|all the|all of the|one of the|your"
    r"|both(?: the| an?)?))?"
)
AN = r"(?:the|this|that|my|an?|your)"
THING = r"(?:things?|objects?|items?|stuff|anything|something)"
SEE = r"(?:see|seen|spot|find|count|identify|recogni[sz]e|detect|make out|notice)"
WHO = r"(?:you|we|i|one)"
HERE = (
    r"(?: (?:here|there|around|anywhere|please|altogether|in total|visible|present|shown|depicted"
    r"|exactly|now|sitting|standing|lying|located|placed|(?:in|on|at|inside|within|of|from|across)"
    rf" (?:it|{AN} (?:(?!(?:back|fore)ground|front|back|distance|way)\w+|#))))*"
)
POSE = r"(?: (?:sitting|standing|lying|located|placed|sits?|stands?|lies?))?"
SEEN = (
    rf"(?: (?:are|is)(?: there| their)?| there (?:are|is)| (?:can|do|could|did) {WHO} {SEE}"
    rf"| {WHO} (?:can )?{SEE}| do {WHO} have| (?:can|could) be {SEE}"
    r"| (?:appears?|stands?|sits?|lies?)| does (?:it|this|#|the \w+) (?:show|have|contain))?"
)
MOST = r"(?:largest|biggest|main|most prominent|tallest|smallest)"
KIND = r"(?:kinds?|types?|sorts?|breeds?|species|makes?|models?|variet(?:y|ies)|races?)"
SIDE = (
    r"(?P<side>left|right|above|over|below|under|underneath|beneath|on top|next|beside|near|close)"
)
PHOTO = r"(?: (?:photo|photograph|picture|image|drawing) of)?"
COMPARE = r"(?: (?P<compare>more than|at least|fewer than|less than|at most))?"
NUMBER = rf"(?: only| just| exactly)?(?:{COMPARE} (?P<count>{'|'.join(NUMBERS[1:])}|\d{{1,4}}))?"

# Each may begin with "please", "tell me" and the like; # stands for a noun.
SHAPES = (
    (
        "count",
        rf"(?:how many|how much|count|(?:what is )?(?:the )?(?:number|amount) of){THE}"
        rf" (?:#|{THING}){SEEN}{HERE}",
    ),
    (
        "where",
        rf"(?:where|where exactly|in which part|on which side) (?:is|are|can {WHO} {SEE}|do {WHO} "
        rf"{SEE}){THE} #{POSE}{HERE}",
    ),
    ("where", rf"(?:show(?: me)?|find|locate|point (?:out|to)){THE} #{HERE}"),
    (
        "on",
        rf"(?:what|who|(?:is|are) there {THING}|which #|what #)(?: is| are)?(?: there)?{POSE}"
        rf" (?P<side>on|in|inside){THE} #{HERE}",
    ),
    ("is on", rf"(?:is|are) (?:the|this|that|these|those) #{POSE} (?P<side>on|in|inside){THE} #"),
    (
        "is beside",
        rf"(?:is|are)(?: there)?{THE} #{POSE}(?: to| on| at)?(?: the)? {SIDE}(?: hand)?(?: side)?"
        rf"(?: of| from| to)?{THE} #{HERE}",
    ),
    (
        "beside",
        rf"(?:what|who|(?:what|which) (?:{THING}|#)|is there {THING})"
        rf"(?: is| are| do {WHO} {SEE}| can {WHO} {SEE})?(?: there)?{POSE}"
        rf"(?: to| on| at)?(?: the)? ?{SIDE}(?: hand)?(?: side)?(?: of| from| to)?{THE} #{HERE}",
    ),
    ("beside", rf"(?:what|who) (?:is|are){THE} #{POSE}(?: to the)? {SIDE}(?: of| to| from)?{HERE}"),
    (
        "else",
        rf"(?:(?:is|are) there )?(?:what|who|{THING}|(?:what|which) {THING})(?: else)?{SEEN}"
        rf"(?: else)? (?:besides|except|except for|apart from|other than|aside from){THE} #{HERE}",
    ),
    (
        "largest",
        rf"(?:what|which|who)(?: {THING}| one)?(?: is| are)?(?: the)? (?P<side>{MOST})"
        rf"(?: {THING}| one| #)?{HERE}",
    ),
    (
        "largest",
        rf"(?:what|which)(?: {THING}| #) (?:is|are)(?: the)? (?P<side>{MOST})(?: one)?{HERE}",
    ),
    ("largest", rf"where (?:is|are)(?: the)? (?P<side>{MOST}) (?:{THING}|one|#){HERE}"),
    (
        "kind",
        rf"(?:what|which) {KIND}(?: of)?(?: an?)?(?: #| \w+)?"
        rf"(?: (?:is|are)(?: (?:this|that|it|they|these|those|there|the #|the \w+))?)?{SEEN}{HERE}",
    ),
    (
        "kind",
        rf"what (?:(?:is|are){THE} # (?:called|named)|is the name of (?:this|that) #"
        rf"|do {WHO} call{THE} #){HERE}",
    ),
    ("is", rf"(?:is|are) (?:this|that|it|these|those){THE}{PHOTO}{THE}{NUMBER} #{HERE}"),
    ("is", rf"(?:is|are) (?:the|this|that|these|those) #{THE} #"),
    ("any", rf"(?:is|are) there(?: also)?{THE}{NUMBER} #{SEEN}{HERE}"),
    ("any", rf"(?:is|are){THE}{NUMBER} #{HERE}"),
    ("any", rf"(?:do|can|could|did) {WHO}(?: also)? {SEE}{THE}{NUMBER} #{HERE}"),
    (
        "any",
        rf"(?:does|do) (?:it|this|that|the \w+)(?: also)? (?:show|have|contain|include){THE}"
        rf"{NUMBER} #{HERE}",
    ),
    ("any", rf"(?:do|does|can|could){THE}{NUMBER} # (?:appear|exist|show up|be {SEE}){HERE}"),
    ("any", rf"(?:(?:any|an?) )?#{SEEN}{HERE}"),
    ("any", rf"(?:there (?:is|are)|{WHO} (?:can )?{SEE}){THE}{NUMBER} #{SEEN}{HERE}"),
    (
        "what",
        rf"(?:what|which|who|is there {THING})(?: #| {THING})?(?: else)?"
        r"(?: (?:is|are)(?: (?:this|that|it|these|those))?)?"
        rf"{SEEN}{HERE}",
    ),
    ("what", rf"what (?:does|do) (?:it|this|the \w+) (?:show|contain|depict){HERE}"),
    ("what", rf"what (?:is (?:happening|going on)|am i looking at|do {WHO} have){HERE}"),
    (
        "what",
        rf"(?:describe|caption)(?: (?:this|the|it|that|what {WHO} {SEE}))?(?: \w+)?{HERE}"
        r"(?: in detail| briefly)?(?: for [\w# ]+)?",
    ),
    ("what", r"about (?:this|it|(?:this|the) (?:photo|photograph|picture|image))"),
    ("what", rf"(?:list|name){THE}(?: everything)?(?: (?:#|{THING}))?{SEEN}{HERE}"),
    ("what", rf"everything(?: that)?{SEEN}{HERE}"),
)
# What is written is asked for in too many ways to list them; these are of the words themselves.
SIGN = (
    r"(?:signs?|labels?|posters?|banners?|billboards?|placards?|badges?|t? ?shirts?|sweatshirts?"
    r"|jumpers?|sweaters?|plates?|screens?|tickets?|pages?)"
)
TEXT = re.compile(
    r"(?!.*\b(?:why|translate|language|summari[sz]e|colou?r|font|mean|how many)\b)"
    r".*\b(?:say|says|said|written|printed|read|reads|texts?|words?|letters|writing|spell)\b.*"
    rf"|what is(?: there)? on (?:the|this|that|his|her|my|your) (?:\w+ )?{SIGN}{HERE}"
)
WORDED = (
    r"(?!(?:that|what|anything|something|where|when|who|how|why|if|whether|the|to|more|else"
    r"|in|on|visible|written|shown|printed)\b)"
    r"(?P<words>\w+(?: \w+){0,2})"
)
SAYS = re.compile(
    rf"does (?:it|this|that|any \w+|(?:the|this|that)(?: \w+){{1,2}}) "
    rf"(?:say|read|spell|contain the (?:words?|text))(?: the words?)? {WORDED}"
    rf"|(?:does|is) the (?:words?|name|number) {WORDED.replace('words>', 'word>')}"
    r" (?:appear|written|visible|there|shown|printed|in (?:it|(?:the|this) \w+))(?: anywhere)?"
    rf"{HERE}"
)
# Several nouns of which each is asked about ("and") or any ("or").
LIST = re.compile(rf"#(?:(?: ,(?: (?:and|or|nor|with))?| (?:and|or|nor|with))(?: also)?{THE} #)*")
PART = re.compile(
    r" (?:on|at|in|to) the (?P<part>(?:(?:top|upper|bottom|lower) )?(?:left|right)"
    r"|top|bottom|middle|cent(?:re|er))(?: hand)?(?: side| half| part| corner)?"
    r"(?! of (?!(?:the|this|that|my|your) (?:photo|photograph|picture|image)\b|it\b))(?= |$)"
)
EACH = {"any", "is", "count", "where", "kind", "what"}  # may be asked of several nouns
IN_PART = {"any", "count", "what", "largest"}
YES_OR_NO = {"any", "is", "is on", "is beside"}
AT = re.compile(rf"(?P<side>in|on|inside) {AN} #")
TWO = {"on", "beside", "is on", "is beside"}  # what is asked for, and what that is beside or on
