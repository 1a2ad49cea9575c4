"""What a visitor does with a conversation besides asking: take back, ask again or edit a question.

The conversation of each tab is kept in the browser (`components/history.py`), so that it is still
there after a reload.
"""

from typing import Any

import gradio as gr

from components import status
from components.event_options import QUIET
from components.history import History
from components.javascript import call
from components.output_state import Values
from components.results.conversation import last_question
from components.runner import Runner
from components.translations import text
from pipelines.errors import InputError

UNANSWERED = "The last question has no answer: the round arrows below it ask it again."
Turns = list[dict[str, Any]]


def wire(
    runner: Runner,
    chatbot: gr.Chatbot,
    box: gr.Textbox,
    new: gr.ClearButton,
    gone: Values,
    past: History | None,
) -> list[Any]:
    """Undo, retry, edit and a new chat, which end the run that is answering; returns the events
    after which a question stands in its box again, to be asked anew. `gone`: other outputs, with
    what they show without an answer."""
    back: dict[str, Any] = {
        "inputs": chatbot,
        "outputs": [chatbot, box, runner.controls.status, *gone],
        "preprocess": False,
        "concurrency_limit": None,
        **QUIET,
    }

    def changed(turns: Turns, question: str, request: gr.Request) -> Values:
        return {**gone, **runner.discard(request), chatbot: turns, box: question}

    def take_back(turns: Turns | None, request: gr.Request) -> Values:
        return changed(*taken_back(turns), request)

    def edit(turns: Turns | None, edit: gr.EventData, request: gr.Request) -> Values:
        return changed(*edited(turns, edit), request)

    def end(request: gr.Request) -> Any:
        """Clear what the run had shown before it heard that it is not wanted, too."""
        ended = runner.discard(request)
        return {**gone, chatbot: [], **ended} if ended else gone

    undo = chatbot.undo(take_back, **back)
    ending = [new.click, chatbot.clear]
    emptied = [chatbot, runner.controls.status, *gone]
    gr.on(ending, end, None, emptied, concurrency_limit=None, **QUIET)
    if past:
        keep = call("keepChat", runner.name)
        undo.then(None, [past.kept, chatbot], past.kept, js=keep, **QUIET)
        gr.on(ending, None, past.kept, past.kept, js=keep, **QUIET)
        # What ends by itself is kept with its run's entry in the history.
        stopped = runner.controls.stop.click
        stopped(None, [past.kept, chatbot], past.kept, js=keep, **QUIET)
    return [chatbot.retry(take_back, **back), chatbot.edit(edit, **back)]


def taken_back(turns: Turns | None) -> tuple[Turns, str]:
    """The conversation before the last question, and that question as it was typed."""
    turns = turns or []
    asked = [number for number, turn in enumerate(turns) if turn["role"] == "user"]
    return turns[: asked[-1]] if asked else [], last_question(turns)


def edited(turns: Turns | None, edit: gr.EventData) -> tuple[Turns, str]:
    """The conversation before the question that was edited, and that question as it is now."""
    sent = edit._data if isinstance(edit._data, dict) else {}  # gr.EditData breaks on others
    place = sent.get("index")
    index = place[0] if isinstance(place, list) and place else place
    turns = turns or []
    if not isinstance(index, int) or not 0 <= index < len(turns):
        raise InputError("This question is not there any more.", "Reload the page.")
    return turns[:index], str(sent.get("value") or "")


def restore(
    opened: gr.Button, past: History, task_id: str, chatbot: gr.Chatbot, line: gr.HTML
) -> None:
    """Have the first click fill in the conversation that the browser has of this tab."""
    js = call("restoreChat", task_id, status.info(text(UNANSWERED)))
    opened.click(None, past.kept, [chatbot, line], js=js, **QUIET)
