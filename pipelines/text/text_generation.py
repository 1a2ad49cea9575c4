"""text-generation: a prompt or a conversation → text, streamed.

run("text-generation", "Why is the sky blue?")
{"generated_text": "The sky appears blue because …"}
"""

from collections.abc import Iterator
from typing import Annotated

from pipelines.capabilities import Chat, Generate
from pipelines.inputs import Messages, Number
from pipelines.inputs.messages import Message
from pipelines.outputs import GeneratedText
from pipelines.task import Task
from pipelines.text.answering import answer


def text_generation(
    model: Chat | Generate,
    prompt: Annotated[list[Message], Messages("Prompt", "Ask anything")],
    *,
    max_new_tokens: Annotated[int, Number("Longest answer, in tokens", 1, 2048)] = 256,
    temperature: Annotated[float, Number("0 always takes the likeliest token", 0, 2, 0.05)] = 0.2,
    top_p: Annotated[float, Number("Sample from this share of probability", 0.05, 1, 0.05)] = 0.9,
    seed: Annotated[int | None, Number("Same seed, same text", 0, 2**31 - 1, optional=True)] = None,
) -> Iterator[GeneratedText]:
    """Yield the answer as it grows."""
    text = ""
    for piece in answer(
        model,
        prompt,
        max_new_tokens=max_new_tokens,
        temperature=temperature,
        top_p=top_p,
        seed=seed,
    ):
        text += piece
        yield {"generated_text": text}
    yield {"generated_text": text.strip()}


TASK = Task(
    id="text-generation",
    title="Text generation",
    summary="A decoder-only model goes on with your text, token by token.",
    course="Transformers, what can they do?",
    order=1,
    run=text_generation,
)
