"""What can be done with the models of a run of lab 2: compare answers, tokenize, download.

The models are asked through the playground, like all others, one after the other.
"""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components import Component
from gradio.utils import get_upload_folder
from markupsafe import Markup

from components import status
from components.drawings import safe
from components.event_options import QUIET
from components.labs.training.setup import heading
from components.labs.training.watch import chips
from components.runner import Visit, stream
from components.runs import Runs
from components.translations import text
from pipelines import Playground, PlaygroundError
from pipelines.errors import Cancelled
from pipelines.labs.training import checkpoints
from pipelines.playground import Answer

PROMPTS = ("Where does Ada live?", "Tell me what Otto works as.", "Once there was a", "Uma has a")
TITLES = {"random": "Random weights", "pretrained": "Pretrained", "tuned": "Tuned"}
SAYS = {
    "random": "before the first step",
    "pretrained": "continues the text",
    "tuned": "answers, in the chat template",
}
QUEUE = "lab two-phases"
LONGEST = 40  # tokens of an answer

CODE = Markup("<code>{}</code>")
CHAT = Markup('<a href="?task=text-generation&amp;model={}">{}</a>')
LOOK = Markup('<a href="?lab=three-families&amp;model={}&amp;show=decoder">{}</a>')


class After:
    """The part of the page below the run; `show` returns values for `outputs`."""

    def __init__(self, playground: Playground, runs: Runs, run: gr.State) -> None:
        self.playground = playground
        self.runs = runs
        with gr.Column(visible=False, elem_classes="tr-after") as self.group:
            gr.HTML(
                heading("Before and after")
                + Markup("<p>{}</p>").format(text("One prompt, three models."))
            )
            with gr.Row(equal_height=True):
                prompt = gr.Textbox(
                    PROMPTS[0], label=text("Prompt"), scale=5, min_width=220, max_lines=3
                )
                temperature = gr.Slider(
                    0,
                    1.5,
                    0,
                    step=0.1,
                    label=text("Temperature"),
                    min_width=160,
                    scale=2,
                    buttons=[],
                )
                ask = gr.Button(text("Ask all three"), variant="primary", scale=1, min_width=130)
            self.cards = gr.HTML(cards({}, {}))
        with gr.Row(visible=False, elem_classes="tr-after") as self.more:
            with gr.Column(min_width=300):
                gr.HTML(heading("Its tokenizer"))
                sentence = gr.Textbox(
                    label=text("A sentence"),
                    placeholder="Ada lives at the old mill with her zebra.",
                    info=text("cut into the tokens that your run has learnt; · is a space"),
                    max_lines=3,
                )
                pieces = gr.HTML(
                    Markup("<p><small>{}</small></p>").format(
                        text("Type, and its tokens appear here.")
                    )
                )
            with gr.Column(min_width=300):
                gr.HTML(heading("Download it"))
                self.about = gr.HTML()
                with gr.Row(equal_height=True):
                    stage = gr.Radio(
                        [(text(TITLES[one]), one) for one in reversed(checkpoints.STAGES)],
                        value="tuned",
                        label=text("Stage"),
                        scale=3,
                    )
                    pack = gr.Button(text("Pack as zip"), min_width=110, scale=1)
                told = gr.HTML(elem_classes="status")
                file = gr.File(
                    label=text("A transformers folder"), visible=False, interactive=False
                )
        gr.on(
            [ask.click, prompt.submit], self._ask, [run, prompt, temperature], self.cards, **QUIET
        )
        sentence.input(self._tokens, [run, sentence], pieces, trigger_mode="always_last", **QUIET)
        pack.click(self._pack, [run, stage], [file, told], **QUIET)

    @property
    def outputs(self) -> list[Component]:
        """The components that `show` has values for."""
        return [self.group, self.more, self.about]

    def show(self, name: str) -> list[Any]:
        """Show what there is for a run; hidden until it has saved a model."""
        there = bool(checkpoints.stages(self.playground.settings, name))
        link = f"{checkpoints.PREFIX}{name}"
        return [gr.update(visible=there), gr.update(visible=there), about(link)]

    def _ask(self, request: gr.Request, run: str, prompt: str, temperature: float) -> Iterator[str]:
        """The three answers, each as it grows; they end when the page is closed."""
        there = checkpoints.stages(self.playground.settings, run or "")
        texts: dict[str, str] = {}
        errors: dict[str, Markup] = {}
        options = {"max_new_tokens": LONGEST, "temperature": temperature, "top_p": 1.0, "seed": 0}
        with self.runs.entered(str(request.session_hash), QUEUE) as cancel:
            for stage in there:
                visit = Visit({}, f"{checkpoints.PREFIX}{run}:{stage}", cancel, None)
                asked = {"prompt": prompt}
                try:
                    for event in stream(self.playground, "text-generation", asked, options, visit):
                        if isinstance(event, Answer):
                            texts[stage] = event.value["generated_text"]
                            yield cards(texts, errors, prompt, stage, there)
                except Cancelled:
                    break
                except PlaygroundError as error:
                    errors[stage] = status.error(error)
        yield cards(texts, errors, prompt, there=there)

    def _tokens(self, run: str, sentence: str) -> Markup:
        if not checkpoints.stages(self.playground.settings, run):
            return Markup("")
        try:
            pieces = checkpoints.tokens(
                f"{checkpoints.PREFIX}{run}", self.playground.settings, sentence
            )
        except PlaygroundError as error:
            return Markup('<div class="status">{}</div>').format(status.error(error))
        return chips(pieces) + Markup("<p><small>{}</small></p>").format(
            text("{count} tokens", count=len(pieces))
        )

    def _pack(self, run: str, stage: str) -> list[Any]:
        try:
            # Where visitors' files are counted and deleted with time.
            uploads = Path(get_upload_folder())
            uploads.mkdir(parents=True, exist_ok=True)
            folder = Path(tempfile.mkdtemp(prefix="lab-", dir=uploads))
            file = checkpoints.packed(
                f"{checkpoints.PREFIX}{run}:{stage}", self.playground.settings, folder
            )
        except PlaygroundError as error:
            return [gr.update(visible=False), status.error(error)]
        return [gr.update(value=str(file), visible=True), ""]


def about(name: str) -> Markup:
    """What a run's models are called on this page, and where they can be used."""
    called = text(
        "In every model box of this page your run is called {name}; its earlier stages are "
        "{pretrained} and {random}.",
        name=CODE.format(name),
        pretrained=CODE.format(f"{name}:pretrained"),
        random=CODE.format(f"{name}:random"),
    )
    chat = text(
        "{chat} in the tab {tab}",
        chat=CHAT.format(name, text("Chat with it")),
        tab=text("Text generation"),
    )
    look = text(
        "{look} in the lab {lab}",
        look=LOOK.format(name, text("look inside it")),
        lab=text("Three families"),
    )
    return Markup("<p>{}</p><p>{} · {}</p>").format(called, chat, look)


def cards(
    texts: dict[str, str],
    errors: dict[str, Markup],
    prompt: str = "",
    writing: str = "",
    there: Sequence[str] = checkpoints.STAGES,
) -> Markup:
    """Three answers side by side; `there` are the stages that have been trained."""
    parts = []
    for stage, title in TITLES.items():
        if stage in errors:
            body = errors[stage]
        elif stage in texts:
            begun = Markup("<b>{}</b> ").format(safe(prompt)) if stage != "tuned" else ""
            cursor = Markup("<u></u>") if stage == writing else ""
            body = Markup("<p>{}{}{}</p>").format(begun, _printed(texts[stage]), cursor)
        else:
            why = "not trained yet" if stage not in there else "…" if prompt else "not asked yet"
            body = Markup("<p class='none'>{}</p>").format(text(why))
        card = Markup("<section><h4>{} <small>{}</small></h4>{}</section>")
        parts.append(card.format(text(title), text(SAYS[stage]), body))
    return Markup('<div class="tr-cards status">{}</div>').format(Markup("").join(parts))


def _printed(answer: str) -> Markup:
    shown = "".join(one if one in " \n" or one.isprintable() else "�" for one in answer)
    return safe(shown) or Markup("<i>{}</i>").format(text("(nothing)"))
