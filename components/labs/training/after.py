"""What can be done with the models of a run of lab 2: compare answers, tokenize, download.

The answers go through the playground like those of any other model, one after the other.
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
from components.labs.drawings import safe
from components.labs.training.watch import chips
from components.runner import Visit, stream
from components.runs import Runs
from pipelines import Playground, PlaygroundError
from pipelines.errors import Cancelled
from pipelines.labs.training import checkpoints
from pipelines.playground import Answer

PROMPTS = ("Where does Ada live?", "Tell me what Otto works as.", "Once there was a", "Uma has a")
TITLES = {"random": "Random weights", "pretrained": "Pretrained", "tuned": "Tuned"}
SAYS = {
    "random": "before the first step",
    "pretrained": "goes on with the text",
    "tuned": "answers, in the chat template",
}
QUEUE = "lab two-phases"
LONGEST = 40  # tokens of an answer
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}

ABOUT = Markup(
    "<p>In every model box of this page your run is called <code>{0}</code>; its earlier stages "
    "are <code>{0}:pretrained</code> and <code>{0}:random</code>.</p>"
    '<p><a href="?task=text-generation&amp;model={0}">Chat with it</a> in the tab Text generation '
    '· <a href="?lab=three-families&amp;model={0}">look inside it</a> in the lab Three families</p>'
)


class After:
    """The part of the page below the run; `outputs` are filled from `show`."""

    def __init__(self, playground: Playground, runs: Runs, run: gr.State) -> None:
        self.playground = playground
        self.runs = runs
        with gr.Column(visible=False) as self.group:
            gr.HTML("<h3>Before and after</h3><p>One prompt, three models.</p>")
            with gr.Row(equal_height=True):
                prompt = gr.Textbox(PROMPTS[0], label="Prompt", scale=5, min_width=220, max_lines=3)
                temperature = gr.Slider(
                    0, 1.5, 0, step=0.1, label="Temperature", min_width=160, scale=2, buttons=[]
                )
                ask = gr.Button("Ask all three", variant="primary", scale=1, min_width=130)
            self.cards = gr.HTML(cards({}, {}))
        with gr.Row(visible=False) as self.more:
            with gr.Column(min_width=300):
                gr.HTML("<h3>Its tokenizer</h3>")
                sentence = gr.Textbox(
                    label="A sentence",
                    placeholder="Ada lives at the old mill with her zebra.",
                    info="cut into the tokens that your run has learnt; · is a space",
                    max_lines=3,
                )
                pieces = gr.HTML("<p><small>Type, and its tokens appear here.</small></p>")
            with gr.Column(min_width=300):
                gr.HTML("<h3>Take it along</h3>")
                self.about = gr.HTML()
                with gr.Row(equal_height=True):
                    stage = gr.Radio(
                        [(TITLES[one], one) for one in reversed(checkpoints.STAGES)],
                        value="tuned",
                        label="Stage",
                        scale=3,
                    )
                    pack = gr.Button("Pack as zip", min_width=110, scale=1)
                told = gr.HTML(elem_classes="status")
                file = gr.File(label="A transformers folder", visible=False, interactive=False)
        gr.on(
            [ask.click, prompt.submit], self._ask, [run, prompt, temperature], self.cards, **QUIET
        )
        sentence.input(self._tokens, [run, sentence], pieces, trigger_mode="always_last", **QUIET)
        pack.click(self._pack, [run, stage], [file, told], **QUIET)

    @property
    def outputs(self) -> list[Component]:
        """What `show` fills."""
        return [self.group, self.more, self.about]

    def show(self, name: str) -> list[Any]:
        """The part as it is for a run; hidden until there is a model."""
        there = bool(checkpoints.stages(self.playground.settings, name))
        link = f"{checkpoints.PREFIX}{name}"
        return [gr.update(visible=there), gr.update(visible=there), ABOUT.format(link)]

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
        return chips(pieces) + Markup("<p><small>{} tokens</small></p>").format(len(pieces))

    def _pack(self, run: str, stage: str) -> list[Any]:
        try:
            # Where what visitors leave behind is counted and deleted with time.
            uploads = Path(get_upload_folder())
            uploads.mkdir(parents=True, exist_ok=True)
            folder = Path(tempfile.mkdtemp(prefix="lab-", dir=uploads))
            file = checkpoints.packed(
                f"{checkpoints.PREFIX}{run}:{stage}", self.playground.settings, folder
            )
        except PlaygroundError as error:
            return [gr.update(visible=False), status.error(error)]
        return [gr.update(value=str(file), visible=True), ""]


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
            body = Markup("<p class='none'>{}</p>").format(why)
        card = Markup("<section><h4>{} <small>{}</small></h4>{}</section>")
        parts.append(card.format(title, SAYS[stage], body))
    return Markup('<div class="tr-cards status">{}</div>').format(Markup("").join(parts))


def _printed(text: str) -> Markup:
    shown = "".join(one if one in " \n" or one.isprintable() else "�" for one in text)
    return safe(shown) or Markup("<i>(nothing)</i>")
