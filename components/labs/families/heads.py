"""What an encoder's head adds: the masked word, named entities, an answer marked in the text.

Which of them a model has is told by the class it was saved as.
"""

import re

from markupsafe import Markup

from components.labs.drawings import bar, figure, safe
from pipelines.labs.families import encoder
from pipelines.labs.families.session import LabModel

# However another model, or a person, writes a gap.
MASK = re.compile(r"\[MASK\]|<mask>|_{2,}")
NONE = Markup(
    "<p>This model was saved without such a head. Pick one that has it and look again: "
    "<code>distilbert/distilbert-base-uncased</code> guesses a masked word, "
    "<code>dslim/bert-base-NER</code> marks names, "
    "<code>distilbert/distilbert-base-cased-distilled-squad</code> marks the answer to a "
    "question.</p>"
)


def head_result(lab: LabModel, sentence: str, asked: str) -> Markup:
    """HTML of what the head of this model makes of the sentence."""
    saved_as = type(lab.model).__name__
    if saved_as.endswith("ForMaskedLM"):
        mask = lab.tokenizer.mask_token
        return _masked(lab, MASK.sub(mask, asked) or _last_word_masked(sentence, mask))
    if saved_as.endswith("ForTokenClassification"):
        spans = encoder.entities(lab.model, lab.tokenizer, sentence)
        return figure(
            "Names in the sentence",
            "Each token gets a label from its own vector; neighbours of a kind are joined."
            if spans
            else "The model finds no names in it.",
            _marked(sentence, spans),
            "names",
        )
    if saved_as.endswith("ForQuestionAnswering"):
        if not asked:
            return Markup(
                "<p>Type a question about the sentence above; the answer is marked in it.</p>"
            )
        span = encoder.marked_answer(lab.model, lab.tokenizer, asked, sentence)
        told = f"The likeliest start and end together have {span.score:.0%}."
        return figure("The answer", told, _marked(sentence, [span]), "answer")
    return NONE


def _last_word_masked(sentence: str, mask: str) -> str:
    words = sentence.rstrip(" .!?").split(" ")
    return " ".join([*words[:-1], mask]) + "."


def _masked(lab: LabModel, text: str) -> Markup:
    guesses = encoder.fill_mask(lab.model, lab.tokenizer, text)
    rows = Markup("").join(bar(safe(word), p, f"{p:.1%}") for one in guesses for word, p in one)
    told = Markup("“{}” Words on both sides of the gap decide.").format(safe(text))
    return figure("The masked word", told, rows, "masked-word")


def _marked(text: str, spans: list[encoder.Span]) -> Markup:
    parts, end = [], 0
    for span in spans:
        parts.append(safe(text[end : span.start]))
        mark = Markup("<mark>{} <small>{} {:.0%}</small></mark>")
        parts.append(mark.format(safe(span.text), safe(span.label), span.score))
        end = span.end
    parts.append(safe(text[end:]))
    return Markup('<p class="lab-marked">{}</p>').format(Markup("").join(parts))
