"""What an encoder's head adds: the masked word, named entities, an answer marked in the text.

The tasks' own adapters compute it.
"""

from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

from components.drawings import bar, figure, safe
from components.translations import text
from pipelines.capabilities import AnswerSpan, FillMask, TagTokens
from pipelines.labs.families.heads import head_of
from pipelines.labs.families.session import LabModel
from pipelines.outputs import FilledMask
from pipelines.text.fill_mask import MASK, fill_mask
from pipelines.text.question_answering import answers
from pipelines.text.token_classification import entities

Span = tuple[int, int, str, float]  # start and end in the text, label, score
HAVE_HEADS = {
    "masked": "distilbert/distilbert-base-uncased",
    "names": "dslim/bert-base-NER",
    "answers": "distilbert/distilbert-base-cased-distilled-squad",
}


def head_result(lab: LabModel, sentence: str, asked: str) -> Markup:
    """HTML of what the head of this model makes of the sentence."""
    head = head_of(lab.model, lab.tokenizer)
    match head:
        case FillMask():
            mask = head.mask_token
            return _masked(head, MASK.sub(mask, asked) or _last_word_masked(sentence, mask))
        case TagTokens():
            found = entities(head, sentence)
            spans = [(s["start"], s["end"], s["entity_group"], s["score"]) for s in found]
            told = (
                text(
                    "Each token gets a label from its own vector; neighbours of a kind are joined."
                )
                if spans
                else text("The model finds no names in it.")
            )
            return figure(text("Names in the sentence"), told, _marked(sentence, spans), "names")
        case AnswerSpan():
            if not asked:
                return Markup("<p>{}</p>").format(
                    text("Type a question about the sentence above; the answer is marked in it.")
                )
            [answer] = answers(head, asked, sentence)
            told = text(
                "The likeliest start and end together have {share}.",
                share=f"{answer['score']:.0%}",
            )
            span = (answer["start"], answer["end"], text("answer"), answer["score"])
            return figure(text("The answer"), told, _marked(sentence, [span]), "answer")
    models = {one: Markup("<code>{}</code>").format(model) for one, model in HAVE_HEADS.items()}
    return Markup("<p>{}</p>").format(
        text(
            "This model was saved without such a head. Pick one that has it and look again: "
            "{masked} guesses a masked word, {names} marks names, {answers} marks the answer to a "
            "question.",
            **models,
        )
    )


def _last_word_masked(sentence: str, mask: str) -> str:
    words = sentence.rstrip(" .!?").split(" ")
    return " ".join([*words[:-1], mask]) + "."


def _masked(head: FillMask, gapped: str) -> Markup:
    rows = Markup("").join(
        bar(safe(one["token_str"].strip()), one["score"], f"{one['score']:.1%}")
        for one in _each(fill_mask(head, gapped))
    )
    told = text("“{text}” Words on both sides of the gap decide.", text=safe(gapped))
    return figure(text("The masked word"), told, rows, "masked-word")


def _each(found: Iterable[Any]) -> list[FilledMask]:
    """The words of one mask, or of all masks one after the other."""
    return [word for one in found for word in (one if isinstance(one, list) else [one])]


def _marked(sentence: str, spans: list[Span]) -> Markup:
    parts, end = [], 0
    for start, stop, label, score in spans:
        parts.append(safe(sentence[end:start]))
        mark = Markup("<mark>{} <small>{} {:.0%}</small></mark>")
        parts.append(mark.format(safe(sentence[start:stop]), safe(label), score))
        end = stop
    parts.append(safe(sentence[end:]))
    return Markup('<p class="lab-marked">{}</p>').format(Markup("").join(parts))
