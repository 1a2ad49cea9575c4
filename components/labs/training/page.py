"""Lab 2, two phases of training: a learner sizes a model and watches it learn in minutes.

The layout, and the events of a run's buttons and timer. Its settings are in setup.py, its state and
curves in watch.py and curves.py, what can be done with its models in after.py. The run itself is a
process of its own (pipelines/labs/training).
"""

import atexit
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any

import gradio as gr
from markupsafe import Markup

from components import status
from components.event_options import QUIET
from components.header import header
from components.javascript import call
from components.lab import Lab, parts
from components.labs.training.after import After
from components.labs.training.curves import curves
from components.labs.training.preview import before_first_run
from components.labs.training.setup import Setup, heading
from components.labs.training.watch import samples, state, tokenizer
from components.runs import Runs as PageRuns
from components.server.visitors import Visitors
from components.translations import text
from pipelines import Playground, PlaygroundError
from pipelines.errors import DownloadError
from pipelines.labs.training import checkpoints, train
from pipelines.labs.training.recipe import Recipe
from pipelines.labs.training.run import ALIVE, PLACED, Run
from pipelines.labs.training.runs import Runs
from pipelines.parse_json import parse_json
from pipelines.store.cache_folder import writing

TWO_PHASES = (
    "A language model is made in two phases. In {pretraining} it learns to guess the next token of "
    "a text; in {tuning} it learns to answer. Make a small one from random weights, here and now, "
    "on this machine."
)
IDLE = "Choose a size and a text, then press Start. You may close the page meanwhile."
SURE = "Delete this run and its models?"
# On a phone one of them is shown.
STEPS = {
    "size": "1. Size your model",
    "read": "2. Choose what it reads",
    "train": "3. Train it",
    "after": "Before and after",
}
CLOSING = 2.0  # seconds to wait for runs: one whose server has exited pauses by itself
EVERY = 1.0  # seconds between two polls of a running run


class TrainingLab:
    """The lab on one page."""

    def __init__(self, playground: Playground, page_runs: PageRuns) -> None:
        self.playground = playground
        checkpoints.register(playground)
        self.visitors = Visitors(playground.settings.cache)
        self._runs: Runs | None = None
        self._lock = threading.Lock()
        bold = Markup("<b>{}</b>")
        phases = text(
            TWO_PHASES,
            pretraining=bold.format(text("pretraining")),
            tuning=bold.format(text("instruction tuning")),
        )
        course, link = text("Hugging Face course, chapter 1"), text("link to this lab")
        about = header(text(LAB.title), phases, course, f"lab={LAB.id}", link)
        gr.HTML(about, elem_classes="about")
        # The browser keeps the visitor's token, so that a reload finds the run; what it sends is
        # verified in `_names`. The fixed secret is no protection: it only lets gradio read the
        # token after the server has been started again.
        self.token = gr.BrowserState("", storage_key="lab-two-phases", secret="pipeline-playground")
        self.run = gr.State("")
        self.seen = gr.State("")
        self.progress_mark = gr.State("")
        self.timer = gr.Timer(EVERY)
        gr.HTML(parts("Show", STEPS, "train", "tr-phone"))
        with gr.Row(equal_height=False):
            with gr.Column(scale=4, min_width=320, elem_classes="tr-setup"):
                self.setup = Setup(playground.settings.public)
            with gr.Column(scale=6, min_width=320, elem_classes="tr-train"):
                gr.HTML(heading("3. Train it"))
                with gr.Row(elem_classes="tr-buttons"):
                    self.start = gr.Button(
                        text("Start"), variant="primary", interactive=False, min_width=100
                    )  # until the first tick has settled who the visitor is
                    self.pause = gr.Button(text("Pause"), interactive=False, min_width=100)
                    self.resume = gr.Button(text("Resume"), interactive=False, min_width=100)
                    self.stop = gr.Button(
                        text("Stop"), variant="stop", interactive=False, min_width=100
                    )
                    self.delete = gr.Button(text("Delete"), interactive=False, min_width=100)
                self.trouble = gr.HTML(visible=False, elem_classes=["status", "tr-trouble"])
                self.status = gr.HTML(status.info(text(IDLE)), elem_classes=["status", "tr-status"])
                self.curves = gr.HTML(before_first_run(), elem_classes="tr-curves")
                self.samples = gr.HTML(elem_classes="tr-written")
                with gr.Accordion(text("The tokenizer"), open=False):
                    self.tokenizer = gr.HTML(tokenizer([]))
        self.after = After(playground, page_runs, self.run)
        self._wire()

    def _wire(self) -> None:
        shown = [
            self.run,
            self.seen,
            self.timer,
            self.start,
            self.pause,
            self.resume,
            self.stop,
            self.delete,
            self.status,
            self.curves,
            self.samples,
            self.tokenizer,
            *self.after.outputs,
        ]
        self.width = len(shown)
        # gradio's client spends time on a component that was ever updated at each later event, most
        # on layout components: so for a visitor without a run only the Start button is updated.
        ticked = [self.token, self.timer, self.start, self.progress_mark]
        self.timer.tick(self._tick, self.token, ticked, trigger_mode="once", **QUIET)
        self.progress_mark.change(
            self._changed, [self.token, self.seen], shown, trigger_mode="always_last", **QUIET
        )
        given = [self.token, *self.setup.given]
        self.start.click(self._start, given, [self.token, self.trouble, *shown], **QUIET)
        for button, act in (
            (self.pause, Runs.pause),
            (self.resume, Runs.resume),
            (self.stop, Runs.stop),
        ):
            button.click(self._acted(act), self.token, [self.trouble, *shown], **QUIET)
        self.delete.click(
            self._acted(Runs.delete),
            [self.token, gr.Checkbox(visible=False)],
            [self.trouble, *shown],
            js=call("confirmed", text(SURE)),
            **QUIET,
        )

    def runs(self) -> Runs:
        """The runs of this page's server, opened when somebody first asks for them."""
        settings = self.playground.settings
        with self._lock, self._writing():
            if self._runs is None:
                self._runs = Runs(
                    checkpoints.root(settings), public=settings.public, disk=settings.runs_gb * 1e9
                )
                atexit.register(self._runs.close, CLOSING)
            return self._runs

    def _writing(self) -> AbstractContextManager[None]:
        """Says so when the folder of runs cannot be written."""
        settings = self.playground.settings
        folder = "for trainings" if settings.public else str(checkpoints.root(settings))
        return writing(folder, "PLAYGROUND_RUNS")

    def _names(self, signed_in: gr.OAuthProfile | None, token: str) -> list[str]:
        """The user names of the visitor's runs; a new run gets the first.

        For who is signed in it is the account, and the browser's token still finds earlier runs.
        Empty for a token that this server did not issue.
        """
        account = [f"account:{signed_in.get('sub') or signed_in.username}"] if signed_in else []
        visitor = self.visitors.verify(token)
        return account + ([visitor] if visitor else [])

    def _run(self, signed_in: gr.OAuthProfile | None, token: str) -> Run | None:
        """The visitor's newest run; none where no run can be kept."""
        with suppress(DownloadError):
            self.runs()
        if self._runs is None:
            return None
        found = map(self.runs().find, self._names(signed_in, token))
        return next((run for run in found if run is not None), None)

    def _tick(self, signed_in: gr.OAuthProfile | None, token: str) -> list[Any]:
        """Poll the visitor's run; the first poll finds it again after a reload."""
        run = self._run(signed_in, token)
        if run is None:
            kept = gr.skip() if self.visitors.verify(token) else self.visitors.issue()
            return [kept, gr.Timer(active=False), gr.update(interactive=True), ""]
        return [gr.skip(), gr.skip(), gr.skip(), _mark(run, self.runs().events(run.name)[1])]

    def _changed(self, signed_in: gr.OAuthProfile | None, token: str, seen: str) -> list[Any]:
        """Show the visitor's run again, since it has changed."""
        return self._shown(self._run(signed_in, token), seen)

    def _start(
        self, request: gr.Request, signed_in: gr.OAuthProfile | None, token: str, *values: Any
    ) -> list[Any]:
        if not self.visitors.verify(token):
            token = self.visitors.issue()
        user = self._names(signed_in, token)[0]
        # The client is who connected; uvicorn takes the address from X-Forwarded-For only of
        # proxies that it trusts (components/server/app.py).
        network = self.visitors.network(request.client.host if request.client else "")
        try:
            runs = self.runs()
            with self._writing():
                run = runs.start(user, *self.setup.read(values), network)
        except PlaygroundError as error:
            return [token, _trouble(error), *[gr.skip()] * self.width]
        return [token, _trouble(None), *self._shown(run)]

    def _acted(self, act: Callable[[Runs, str], Any]) -> Callable[..., list[Any]]:
        """The handler of a button, which acts on the visitor's own run and on no other."""

        def acted(signed_in: gr.OAuthProfile | None, token: str, sure: bool = True) -> list[Any]:
            run = self._run(signed_in, token)
            try:
                if run is not None and sure:
                    act(self.runs(), run.name)
            except PlaygroundError as error:
                return [_trouble(error), *[gr.skip()] * self.width]
            return [_trouble(None), *self._shown(self._run(signed_in, token))]

        return acted

    def _shown(self, run: Run | None, seen: str = "") -> list[Any]:
        """Updates of all outputs that show a run; none if the page shows this state already."""
        alive = run is not None and run.state in ALIVE
        watched = alive and run is not None and run.state != "paused"
        buttons = [
            gr.update(interactive=not alive),
            gr.update(interactive=run is not None and run.state in ("queued", "running")),
            gr.update(interactive=run is not None and run.state in ("paused", "failed")),
            gr.update(interactive=alive and run is not None and run.state != "stopping"),
            gr.update(interactive=run is not None and run.state not in PLACED),
        ]
        timer = gr.Timer(active=watched)
        if run is None:
            idle = [status.info(text(IDLE)), before_first_run(), ""]
            shown = [*idle, tokenizer([]), *self.after.show("")]
            return ["", "", timer, *buttons, *shown]
        events, position = self.runs().events(run.name)
        now = _mark(run, position)
        if now == seen:
            return [gr.skip()] * self.width
        folder = self.runs().folder(run.name)
        recipe = Recipe.from_json(parse_json((folder / train.RECIPE).read_text()))
        steps = {"pretraining": recipe.pretraining_steps, "tuning": recipe.tuning_steps}
        own = (folder / train.TEXT, folder / train.INSTRUCTIONS)
        steps["built_in"] = int(not any(file.exists() for file in own))
        return [
            run.name,
            now,
            timer,
            *buttons,
            state(run, events, recipe),
            curves(events, steps) if any(e["event"] == "held_out" for e in events) else "",
            samples(events),
            tokenizer(events),
            *self.after.show(run.name),
        ]


def _mark(run: Run, position: int) -> str:
    """A string that changes whenever there is something new to show of a run."""
    return f"{run.name} {run.state} {run.place} {position}"


def _trouble(error: PlaygroundError | None) -> Any:
    return gr.update(value=status.error(error) if error else "", visible=error is not None)


def build(playground: Playground, runs: PageRuns) -> None:
    """Build the lab's components and their events."""
    TrainingLab(playground, runs)


LAB = Lab(id="two-phases", title="Two phases of training", build=build)
