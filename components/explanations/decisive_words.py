"""“Which words decided”: the text, coloured by how much a label's score falls without each word.

The model that answered is asked once more, for the text without its first word, without its second,
and so on, as a batch.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr
from markupsafe import Markup

from components import status, translations
from components.event_options import QUIET
from components.explanations.explanation import Explanation, Place, say
from components.output_state import Values
from components.record import Record
from components.runner import Controls, Runner, Update, Visit, Work, stream
from pipelines.playground import Answer
from pipelines.store import Progress
from pipelines.text.decisive_words import Span, influence, without, words_of

MOST_WORDS = 60  # of a longer text neighbours are left out together
MOST_LABELS = 1000  # so many that the explained one is always among them
LEAST_PEAK = 0.05  # influences below are pale
ABOUT = (
    "The text is read once more without each of its words. A word is {pro} the label if the score "
    "falls without it, and {contra} it if the score rises."
)
PRO = Markup("<span class='word for' style='--v:.7'>{}</span>")
CONTRA = Markup("<span class='word against' style='--v:.7'>{}</span>")
WORD = Markup(
    '<span class="word {kind}" style="--v:{share:.2f}" title="{influence:+.3f}">{text}</span>'
)
TEXT = Markup("<p class='words'>{text}</p><p><small>{score:.1%} {label}. {most}</small></p>")


def build(place: Place, record: Record) -> None:
    """A button that asks, and the text for the label chosen."""
    words = words_of(str(record.inputs["text"]), MOST_WORDS)
    if len(words) < 2:
        say(translations.text("The text is one word, so that one decided."))
        return
    about = translations.text(
        ABOUT,
        pro=PRO.format(translations.text("for##the label")),
        contra=CONTRA.format(translations.text("against##the label")),
    )
    gr.HTML(Markup("<p>{}</p>").format(about), elem_classes="explained")
    with gr.Row():
        ask = gr.Button(translations.text("Leave out each word"), size="sm", min_width=140, scale=0)
        stop = gr.Button(
            translations.text("Stop"), size="sm", min_width=80, scale=0, interactive=False
        )
    labels = [one["label"] for one in record.value]
    label = gr.Dropdown(
        labels, value=labels[0], label=translations.text("Label"), visible=False, interactive=True
    )
    shown = gr.HTML("", elem_classes="explained")  # without a value the last panel's would stay
    found = gr.State(None)
    controls = Controls(
        model=place.model,
        status=gr.HTML("", elem_classes="status"),
        stop=stop,
        consent=gr.Button("", visible=False),
        agreed=gr.State(""),
    )
    name = f"{place.task.id} words"
    runner = Runner(place.playground, place.runs, name, place.task, controls, "explain")

    def answers(visit: Visit) -> Iterator[Progress | Update]:
        for event in asked(place, record, words, replace(visit, model=record.model)):
            if not isinstance(event, Answer):
                yield event
                continue
            if event.facts is None:
                continue
            text = str(record.inputs["text"])
            drawn = coloured(text, words, record.value, event.value, labels[0])
            one = gr.update(visible=len(labels) > 1, value=labels[0])
            yield Update({found: event.value, shown: drawn, label: one}, status.done([event]))

    def run(
        request: gr.Request, signed_in: gr.OAuthToken | None, values: Values
    ) -> Iterator[Values]:
        yield from runner.run(Work(answers, {shown: ""}, fetches=False), values, request, signed_in)

    def redraw(scores: Any, chosen: str) -> Markup:
        return coloured(str(record.inputs["text"]), words, record.value, scores or [], chosen)

    ask.click(
        run,
        {*controls.inputs},
        [shown, found, label, *controls.outputs],
        preprocess=False,
        concurrency_limit=None,
        **QUIET,
    )
    label.input(redraw, [found, label], shown, **QUIET)


def asked(
    place: Place, record: Record, words: Sequence[Span], visit: Visit
) -> Iterator[Progress | Answer]:
    """What the model answers to the text without each of the words."""
    text = str(record.inputs["text"])
    texts = [without(text, word) for word in words]
    options: Mapping[str, Any] = record.options
    if "top_k" in options:
        options = {**options, "top_k": MOST_LABELS}
    yield from stream(
        place.playground, place.task.id, {**record.inputs, "text": texts}, options, visit
    )


def coloured(
    text: str, words: Sequence[Span], whole: Any, left_out: Sequence[Any], label: str
) -> Markup:
    """The text, each word as strong as it decided."""
    if not left_out:
        return Markup("")
    values = influence(whole, left_out, label)
    peak = max(LEAST_PEAK, *map(abs, values))
    parts, end = [], 0
    for (start, stop), value in zip(words, values, strict=True):
        kind = "for" if value > 0 else "against"
        word = WORD.format(
            kind=kind, share=abs(value) / peak, influence=value, text=text[start:stop]
        )
        parts += [Markup("{}").format(text[end:start]), word]
        end = stop
    parts.append(Markup("{}").format(text[end:]))
    ranked = sorted(zip(values, words, strict=True), reverse=True)
    most = ", ".join(f"“{text[slice(*word)]}” ({value:+.2f})" for value, word in ranked[:3])
    score = next((one["score"] for one in whole if one["label"] == label), 0.0)
    most = translations.text("Most for it: {words}.", words=most)
    return TEXT.format(text=Markup("").join(parts), score=score, label=label, most=most)


DECISIVE_WORDS = Explanation("Which words decided", build)
