"""Nothing that a run has said is left out of its later words."""

import gradio as gr

from components.screen import Screen


def test_what_was_said_is_said_again() -> None:
    screen = Screen(shown=1)
    on = gr.update(interactive=True)
    screen(stop=on)
    assert on in screen(status="going")
    words = screen(["a result"], json="{}")
    assert words[:3] == ["a result", "going", "{}"]
    assert screen()[:3] == words[:3]


def test_what_gradio_does_to_a_word_does_not_reach_the_next() -> None:
    screen = Screen(shown=0)
    for value in screen(consent=gr.update(visible=True, value="Yes")):
        if isinstance(value, dict):
            value.clear()
    assert gr.update(visible=True, value="Yes") in screen()


def test_a_view_that_leaves_a_component_leaves_what_was_said_of_it() -> None:
    screen = Screen(shown=2)
    screen(["text", "player"])
    assert screen(["more text", gr.skip()])[:2] == ["more text", "player"]


def test_the_line_about_the_queue_is_not_repeated_over_another_runs() -> None:
    screen = Screen(shown=1)
    assert "waiting" in screen(queue="waiting")
    assert "waiting" not in screen(status="going")
