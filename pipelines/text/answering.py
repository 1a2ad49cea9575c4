"""Asking a language model in words. Used by the text adapters."""

from pipelines.capabilities import Chat, Generate, TextStream
from pipelines.inputs.messages import Message


def answer(
    model: Chat | Generate,
    messages: list[Message],
    *,
    max_new_tokens: int,
    temperature: float = 0.0,
    top_p: float = 1.0,
    seed: int | None = None,
) -> TextStream:
    """A chat model's answer; a model that only continues texts continues the last message."""
    match model:
        case Chat():
            return model.chat(
                messages,
                max_new_tokens=max_new_tokens,
                temperature=temperature,
                top_p=top_p,
                seed=seed,
            )
        case Generate():
            return model.generate(
                messages[-1]["content"],
                max_new_tokens=max_new_tokens,
                temperature=temperature,
                top_p=top_p,
                seed=seed,
            )


def ask(model: Chat | Generate, question: str, *, max_new_tokens: int) -> TextStream:
    """The likeliest answer to one question."""
    messages: list[Message] = [{"role": "user", "content": question}]
    return answer(model, messages, max_new_tokens=max_new_tokens)
