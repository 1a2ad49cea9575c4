"""text-generation: a prompt or a conversation → text, streamed.

A chat is answered by the model's template; `mode="continue"` goes on with the very text.

    run("text-generation", "Why is the sky blue?")
    {"generated_text": "The sky appears blue because …"}
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any

from pipelines.capabilities import (
    CallTools,
    Chat,
    ChatWithImages,
    Generate,
    HoldToSchema,
    TellLogprobs,
    TextStream,
)
from pipelines.errors import InputError, ModelError
from pipelines.inputs import (
    Choice,
    JsonSchema,
    Line,
    LongText,
    Messages,
    Number,
    StopStrings,
    Tools,
)
from pipelines.inputs.messages import Message, pictures
from pipelines.outputs import GeneratedText, TokenLogprobs, ToolCall
from pipelines.run import current, finished, note
from pipelines.sampling import Sampling
from pipelines.task import Task
from pipelines.text.answering import answer, note_if_cut
from pipelines.text.tool_calls import AUTO, call_in, call_schema, with_tools

MODES = ("chat", "continue")
ANOTHER = "Pick a GGUF model, which llama.cpp runs."


def text_generation(
    model: Chat | Generate,
    prompt: Annotated[list[Message], Messages("Prompt", "Ask anything", exact=True)],
    *,
    max_new_tokens: Annotated[int, Number("Longest answer, in tokens", 1, 2048)] = 256,
    temperature: Annotated[float, Number("0 always takes the likeliest token", 0, 2, 0.05)] = 0.2,
    top_p: Annotated[float, Number("Sample from this share of probability", 0.05, 1, 0.05)] = 0.9,
    seed: Annotated[int | None, Number("Same seed, same text", 0, 2**31 - 1, optional=True)] = None,
    mode: Annotated[str, Choice("Answer, or go on with the very text", MODES)] = "chat",
    system: Annotated[str | None, LongText("How the model should answer in a chat")] = None,
    num_return_sequences: Annotated[int, Number("Texts for one prompt", 1, 8)] = 1,
    top_k: Annotated[int, Number("Sample from so many tokens; 0 from all", 0, 1000)] = 50,
    min_p: Annotated[
        float, Number("Least probability, as a share of the likeliest token's", 0, 1, 0.01)
    ] = 0.0,
    repetition_penalty: Annotated[
        float, Number("Above 1 tokens of the text so far are less likely", 0.5, 2, 0.05)
    ] = 1.0,
    presence_penalty: Annotated[
        float, Number("Taken off the score of a token that is in the text so far", -2, 2, 0.05)
    ] = 0.0,
    frequency_penalty: Annotated[
        float, Number("The same, for each time that it is there", -2, 2, 0.05)
    ] = 0.0,
    stop: Annotated[list[str] | None, StopStrings("End before the first of these texts")] = None,
    json_schema: Annotated[
        dict[str, Any] | None, JsonSchema("Write nothing but JSON of this schema")
    ] = None,
    top_logprobs: Annotated[
        int | None,
        Number("Tell how likely each token was, and so many others", 0, 20, optional=True),
    ] = None,
    tools: Annotated[
        list[dict[str, Any]] | None, Tools("Functions that the model may call in a chat")
    ] = None,
    tool_choice: Annotated[str, Line("auto, required, or the name of the function to call")] = AUTO,
) -> Iterator[GeneratedText | list[GeneratedText]]:
    """Yield the text as it grows, without the prompt; a list where several are asked for."""
    if num_return_sequences > 1 and temperature == 0:
        raise InputError(
            f"At temperature 0 all {num_return_sequences} texts would be the same.",
            "Raise temperature, or set num_return_sequences to 1.",
        )
    sampling = Sampling(
        max_new_tokens,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        min_p=min_p,
        repetition_penalty=repetition_penalty,
        presence_penalty=presence_penalty,
        frequency_penalty=frequency_penalty,
        stop=tuple(stop or ()),
        seed=seed,
        json_schema=json_schema,
        top_logprobs=top_logprobs,
        tools=tuple(tools or ()),
    )
    if tools:
        prompt, sampling = _with_tools(model, prompt, mode, sampling, tool_choice)
    _check(model, sampling)
    texts: list[GeneratedText] = []
    cut = False
    for number in range(num_return_sequences):
        if seed is not None:
            sampling = replace(sampling, seed=seed + number)
        text, before = "", current().tokens or 0
        current().logprobs.clear()
        current().tool_calls.clear()
        for piece in _pieces(model, prompt, mode, system, sampling):
            text += piece
            yield _as_asked([*texts, _written(text, sampling)], num_return_sequences)
        own = mode == "continue" or prompt[-1]["role"] == "assistant"
        written = _written(text, sampling)
        if "tool_calls" not in written or not sampling.json_schema:
            written["generated_text"] = text if own else text.strip()
        texts.append(written)
        ended = current().finish_reason or "stop"
        called = "tool_calls" in written and ended == "stop"
        current().finish_reasons.append("tool_calls" if called else ended)
        cut = note_if_cut(before) or cut
        if not text and "tool_calls" not in written:
            note("The model wrote nothing: to it the text ends here.")
        yield _as_asked(texts, num_return_sequences)
    finished("length" if cut else "stop")


def _pieces(
    model: Chat | Generate,
    prompt: list[Message],
    mode: str,
    system: str | None,
    sampling: Sampling,
) -> TextStream:
    if pictures(prompt) and not isinstance(model, ChatWithImages):
        raise InputError("This model sees no pictures.", "Ask in the task image-text-to-text.")
    if mode == "chat":
        if system:
            asked: list[Message] = [one for one in prompt if one["role"] != "system"]
            prompt = [{"role": "system", "content": system}, *asked]
        if system and not isinstance(model, Chat):
            note("This model has no chat template, so the system prompt does not count.")
        return answer(model, prompt, sampling)
    if len(prompt) > 1:
        raise InputError(
            "A conversation cannot be continued as one text.",
            'Send the text as a string, or use mode="chat".',
        )
    if system:
        note("The system prompt does not count: continue goes on with the text alone.")
    if not isinstance(model, Generate):
        raise ModelError("This model only answers chats.", "Pick another model.")
    return model.generate(prompt[0]["content"], sampling)


def _with_tools(
    model: Chat | Generate, prompt: list[Message], mode: str, sampling: Sampling, choice: str
) -> tuple[list[Message], Sampling]:
    """What the model is told of the functions, and what it is held to.

    Raises:
        InputError: they cannot be called so, or there is no such function.
    """
    if mode != "chat" or sampling.json_schema is not None or sampling.top_logprobs is not None:
        raise InputError(
            "Functions are called in a chat, without json_schema and top_logprobs.",
            "Leave tools out, or these.",
        )
    sampling = replace(sampling, json_schema=call_schema(sampling.tools, choice or AUTO))
    if isinstance(model, CallTools) and model.knows_tools:
        return prompt, sampling
    if sampling.json_schema is None:
        note("This model's chat template knows no functions, so it answers in text.")
        return prompt, replace(sampling, tools=())
    return with_tools(prompt, sampling.tools), sampling


def _check(model: Chat | Generate, sampling: Sampling) -> None:
    """Raise InputError for what is asked of a model that cannot do it."""
    if sampling.json_schema is not None:
        if not isinstance(model, HoldToSchema):
            raise InputError("This model's answers cannot be held to a JSON schema.", ANOTHER)
        model.check_schema(sampling.json_schema)
    if sampling.top_logprobs is not None and not isinstance(model, TellLogprobs):
        raise InputError("This model tells no probabilities of its tokens.", ANOTHER)


def _written(text: str, sampling: Sampling) -> GeneratedText:
    """The text, and its tokens' probabilities if asked for: not those of a stop string after it."""
    if sampling.tools:
        held = call_in(text) if sampling.json_schema else None
        calls: list[ToolCall] = [held] if held else [{**one} for one in current().tool_calls]
        wrote: GeneratedText = {"generated_text": "" if sampling.json_schema else text}
        return {**wrote, "tool_calls": calls} if calls else wrote
    if sampling.top_logprobs is None:
        return {"generated_text": text}
    left = len(text.encode())
    told: list[TokenLogprobs] = []
    for token in current().logprobs:
        if left <= 0:
            break
        told.append(token)
        left -= len(token["bytes"])
    return {"generated_text": text, "logprobs": told}


def _as_asked(texts: list[GeneratedText], count: int) -> GeneratedText | list[GeneratedText]:
    return texts[0] if count == 1 else list(texts)


TASK = Task(
    id="text-generation",
    title="Text generation",
    summary="A decoder-only model goes on with your text, token by token.",
    course="Transformers, what can they do?",
    order=1,
    run=text_generation,
)
