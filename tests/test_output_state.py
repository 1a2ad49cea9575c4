"""Nothing that an update of a run showed is missing from a later one."""

import gradio as gr

from components.output_state import OutputState

with gr.Blocks():
    STATUS, RESULT, PLAYER, QUEUE = gr.HTML(), gr.Textbox(), gr.Audio(), gr.HTML()
    BUTTON = gr.Button()


def test_an_update_has_all_that_was_shown_before_it() -> None:
    outputs = OutputState()
    on = gr.update(interactive=True)
    outputs({BUTTON: on})
    assert outputs({STATUS: "going"}) == {BUTTON: on, STATUS: "going"}
    whole = {BUTTON: on, STATUS: "done", RESULT: "a result"}
    assert outputs({STATUS: "done", RESULT: "a result"}) == whole
    assert outputs() == whole


def test_an_update_that_gradio_took_apart_is_whole_when_it_is_sent_again() -> None:
    outputs = OutputState()
    for value in outputs({BUTTON: gr.update(visible=True, value="Yes")}).values():
        value.clear()
    assert outputs() == {BUTTON: gr.update(visible=True, value="Yes")}


def test_what_is_left_as_it_is_keeps_what_was_shown_before() -> None:
    outputs = OutputState()
    outputs({RESULT: "text", PLAYER: "player"})
    assert outputs({RESULT: "more text", PLAYER: gr.skip()}) == {
        RESULT: "more text",
        PLAYER: "player",
    }


def test_a_line_that_runs_share_is_sent_once() -> None:
    outputs = OutputState()
    assert outputs(once={QUEUE: "waiting"}) == {QUEUE: "waiting"}
    assert QUEUE not in outputs({STATUS: "going"})
