"""What is sent of a chat, and of a text that is continued, with what was written so far."""

from typing import Any

import gradio as gr
import pytest

from components.results.writing import Writing

Turn = tuple[str, str]


@pytest.fixture
def view() -> Writing:
    with gr.Blocks():
        made = Writing("prompt")
        made.build()
    return made


def shown(view: Writing, mode: str, *turns: Turn, text: str = "") -> dict[Any, Any]:
    """What the view's components hold."""
    messages = [{"role": role, "content": words} for role, words in turns]
    return {view.mode: mode, view.chatbot: messages, view.so_far: text}


def spoken(turns: Any) -> list[Turn]:
    return [
        (one["role"], "".join(part["text"] for part in one["content"]))
        if isinstance(one["content"], list)
        else (one["role"], one["content"])
        for one in turns
    ]


def test_a_chat_continues_with_the_first_of_several_answers(view: Writing) -> None:
    values = shown(view, "chat", ("user", "Who?"), ("assistant", "Ada."), ("assistant", "Bob."))
    sent = view.complete_inputs({"prompt": "Why?"}, values)["prompt"]
    assert spoken(sent) == [("user", "Who?"), ("assistant", "Ada."), ("user", "Why?")]


def test_an_answer_that_was_cut_is_continued_in_its_turn(view: Writing) -> None:
    values = shown(view, "chat", ("user", "Count."), ("assistant", "One,"))
    sent = view.continued_inputs({"prompt": ""}, values)["prompt"]
    assert spoken(sent) == [("user", "Count."), ("assistant", "One,")]
    inputs = {"mode": "chat", "prompt": sent}
    [turns, *_] = view.show({"generated_text": " two."}, inputs, True)
    assert spoken(turns) == [("user", "Count\\."), ("assistant", "One, two.")]


def test_a_text_is_continued_from_all_that_was_written(view: Writing) -> None:
    values = shown(view, "continue", ("user", "Who?"), text="Once upon a time")
    assert view.complete_inputs({"prompt": "Once"}, values) == {"prompt": "Once"}
    sent = view.continued_inputs({"prompt": "Once"}, values)
    assert sent == {"prompt": "Once upon a time"}
    [_, drawn, so_far] = view.show({"generated_text": " <b>"}, {"mode": "continue", **sent}, True)
    assert so_far == "Once upon a time <b>"
    assert '<span class="new"> &lt;b&gt;</span>' in drawn
