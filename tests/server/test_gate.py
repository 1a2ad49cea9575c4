"""What the gate lets through, value by value."""

from typing import Any

import gradio as gr
import pytest

from components.server.gate import admit
from pipelines.errors import InputError

WRONG: list[Any] = [["user"], {"a": 1}, None, 7, "tool"]


@pytest.mark.parametrize("role", WRONG)
def test_a_chats_message_has_a_role_that_there_is(role: Any) -> None:
    with gr.Blocks():
        chat = gr.Chatbot()
    with pytest.raises(InputError, match="cannot use what was sent"):
        admit(chat, [{"role": role, "content": "Hi"}])
