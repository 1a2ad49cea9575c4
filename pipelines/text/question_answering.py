"""question-answering: a question and a text → the piece of the text that answers.

run("question-answering", "Where does Ada live?", "Ada was born in Leeds and lives in York.")
{"answer": "York", "score": 0.9, "start": 35, "end": 39}

Places are counted in characters (Unicode code points) of the text as it was sent. With top_k above
1 the answer is a list. Where the model finds that the text has no answer, it is empty.
"""

from typing import Annotated

from pipelines.capabilities import AnswerSpan
from pipelines.inputs import Flag, Number, Text
from pipelines.inputs.text import as_given
from pipelines.outputs import SpanAnswer
from pipelines.run import note
from pipelines.task import Task

NO_ANSWER = "The model finds no answer to this question in the text."


def question_answering(
    model: AnswerSpan,
    question: Annotated[str, Text("Question", "What do you want to know?", lines=1)],
    context: Annotated[str, Text("Text", "The text that holds the answer")],
    *,
    top_k: Annotated[int, Number("Give this many answers", 1, 20)] = 1,
    max_answer_len: Annotated[int, Number("Longest answer, in tokens", 1, 200)] = 30,
    handle_impossible_answer: Annotated[
        bool, Flag("Say so when the text has no answer; models of SQuAD 2 know")
    ] = True,
) -> SpanAnswer | list[SpanAnswer]:
    """Return the answer marked in the text, or the best few, best first."""
    found = answers(model, question, context, top_k, max_answer_len, handle_impossible_answer)
    for one in found:
        if one["answer"]:
            one["start"], one["end"] = as_given(context, one["start"], one["end"])
    if not found[0]["answer"]:
        note(NO_ANSWER)
    return found if top_k > 1 else found[0]


def answers(
    model: AnswerSpan,
    question: str,
    context: str,
    top_k: int = 1,
    max_answer_len: int = 30,
    handle_impossible_answer: bool = False,
) -> list[SpanAnswer]:
    """The best answers, best first; an empty one means that there is none."""
    spans, nothing = model.answer_spans(
        question, context, top_k=top_k, max_answer_len=max_answer_len
    )
    found: list[SpanAnswer] = [
        {"answer": context[start:end], "score": score, "start": start, "end": end}
        for start, end, score in spans
    ]
    if (handle_impossible_answer and nothing > 0) or not found:
        found.append({"answer": "", "score": nothing, "start": 0, "end": 0})
        found.sort(key=lambda one: -one["score"])
    return found[:top_k]


TASK = Task(
    id="question-answering",
    title="Question answering",
    summary="An encoder marks the piece of a text that answers a question about it.",
    course="Transformers, what can they do?",
    order=9,
    run=question_answering,
)
