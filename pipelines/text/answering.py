"""Asking a language model in words. Used by the text adapters."""

from pipelines.capabilities import Chat, Generate, TextStream
from pipelines.inputs.messages import Message
from pipelines.run import current, note
from pipelines.sampling import Sampling


def answer(model: Chat | Generate, messages: list[Message], sampling: Sampling) -> TextStream:
    """A chat model's answer; a model that only continues texts continues the last message, and a
    begun answer after its question."""
    match model:
        case Chat():
            return model.chat(messages, sampling)
        case Generate():
            last = messages[-2:] if messages[-1]["role"] == "assistant" else messages[-1:]
            return model.generate("".join(one["content"] for one in last), sampling)


def note_if_cut(before: int) -> bool:
    """Say so when the model would have written more, and return whether it would.

    `before`: the tokens that this run had counted when the text began.
    """
    run = current()
    cut = run.finish_reason == "length"
    if cut:
        count = (run.tokens or 0) - before
        note("Cut at 1 token." if count == 1 else f"Cut at {count:,} tokens.")
    return cut


def ask(model: Chat | Generate, question: str, *, max_new_tokens: int) -> TextStream:
    """The likeliest answer to one question."""
    messages: list[Message] = [{"role": "user", "content": question}]
    return answer(model, messages, Sampling(max_new_tokens))
