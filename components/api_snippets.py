"""The same call by the APIs: huggingface_hub's and openai's clients, fetch, and huggingface.js.

Knows what each client calls a task and its options; an option that one has no name for is said in a
comment. Which of them serve a task is told by `languages`.
"""

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.task import Task

HUB, OPENAI, FETCH, HUB_JS = "InferenceClient", "openai", "fetch", "huggingface.js"
JAVASCRIPT = (FETCH, HUB_JS)
CHAT, SEEN = "text-generation", "image-text-to-text"
SPOKEN, HEARD, VECTORS = "text-to-speech", "automatic-speech-recognition", "feature-extraction"
BY_OPENAI = {CHAT, SEEN, SPOKEN, HEARD, VECTORS}
# OpenAI's names of options. What it has no name for goes in extra_body.
OPENAI_NAMES = {
    **{name: name for name in ("temperature", "top_p", "seed", "stop")},
    **{name: name for name in ("presence_penalty", "frequency_penalty", "language", "voice")},
    "max_new_tokens": "max_tokens",
    "num_return_sequences": "n",
}
HUB_NAMES = {"source": "src_lang", "target": "tgt_lang"}


@dataclass(frozen=True)
class Call:
    """What is asked: inputs by name, of which `files` are names of files, and changed options."""

    task: Task
    url: str
    key: str
    inputs: Mapping[str, Any]
    files: frozenset[str]
    options: Mapping[str, Any]
    model: str = "auto"

    @property
    def address(self) -> str:
        """The address in the Hub's inference API."""
        if self.model == "auto":
            return f"{self.url}hf/tasks/{self.task.id}"
        return f"{self.url}hf/models/{self.model}?task={self.task.id}"

    @property
    def is_chat(self) -> bool:
        """Whether a conversation is asked for."""
        return self.task.id == CHAT and self.options.get("mode") != "continue"

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The conversation."""
        system = self.options.get("system")
        first = [{"role": "system", "content": system}] if system else []
        return [*first, {"role": "user", "content": self.inputs["prompt"]}]


def languages(task: Task) -> tuple[str, ...]:
    """The clients that serve the task."""
    return (HUB, *([OPENAI] if task.id in BY_OPENAI else []), *JAVASCRIPT)


def snippet(language: str, call: Call) -> str:
    """The code in one language."""
    makers: dict[str, Callable[[Call], str]] = {
        HUB: _by_hub,
        OPENAI: _by_openai,
        FETCH: _by_fetch,
        HUB_JS: _by_hub_js,
    }
    return makers[language](call)


def _by_hub(call: Call) -> str:
    from huggingface_hub import InferenceClient

    head = "from huggingface_hub import InferenceClient\n\n"
    if call.is_chat:
        words, extra = _sampling(call)
        words = {"model": call.model, **words, **({"extra_body": extra} if extra else {})}
        return (
            f"{head}client = InferenceClient(base_url={call.url + 'v1'!r}, api_key={call.key!r})\n"
            f"answer = client.chat_completion({_words(call.messages, words)})\n"
            "for choice in answer.choices:\n    print(choice.message.content)"
        )
    method = "visual_question_answering" if call.task.id == SEEN else call.task.name
    known = set(inspect.signature(getattr(InferenceClient, method)).parameters)
    options = {k: v for k, v in call.options.items() if k != "mode"}
    if not options.keys().isdisjoint(HUB_NAMES):  # the client wants both or none
        starts = {one.name: one.default for one in call.task.options if one.name in HUB_NAMES}
        options = {**starts, **options}
    options = {HUB_NAMES.get(name, name): value for name, value in options.items()}
    words = {name: options.pop(name) for name in [*options] if name in known}
    if options:
        for carrier in ("extra_body", "generate_parameters"):
            if carrier in known:
                words[carrier], options = options, {}
    said = f"# InferenceClient has no name for {', '.join(options)}.\n" if options else ""
    asked = f"client.{method}({_words(*call.inputs.values(), words)})"
    client = f"client = InferenceClient({call.address!r}, token={call.key!r})\n"
    if call.task.id == SPOKEN:
        shown = f'with open("speech.wav", "wb") as file:\n    file.write({asked})'
        return head + said + client + shown
    return f"{head}{said}{client}print({asked})"


def _sampling(call: Call) -> tuple[dict[str, Any], dict[str, Any]]:
    """The options under OpenAI's names, and those that it has none for."""
    options = {k: v for k, v in call.options.items() if k not in {"mode", "system"}}
    words = {OPENAI_NAMES[name]: options.pop(name) for name in [*options] if name in OPENAI_NAMES}
    return words, options


def _by_openai(call: Call) -> str:
    words, extra = _sampling(call)
    words = {"model": call.model, **words}
    first = next(iter(call.inputs.values()))
    said, imported = "", ""
    match call.task.id:
        case "text-generation":
            words |= {"extra_body": extra} if extra else {}
            if call.is_chat:
                given = _words({"messages": call.messages, **words})
                asked = f"client.chat.completions.create({given})"
                shown = "for choice in answer.choices:\n    print(choice.message.content)"
            else:
                asked = f"client.completions.create({_words({'prompt': first, **words})})"
                shown = "for choice in answer.choices:\n    print(choice.text)"
            extra = {}
        case "image-text-to-text":
            imported = "import base64\n\n"
            said = (
                f"with open({first!r}, 'rb') as file:\n"
                "    picture = 'data:image/jpeg;base64,' + base64.b64encode(file.read()).decode()\n"
            )
            parts = (
                "[\n    {'type': 'image_url', 'image_url': {'url': picture}},\n"
                f"    {{'type': 'text', 'text': {call.inputs['text']!r}}},\n]"
            )
            said += f"parts = {parts}\n"
            messages = "messages=[{'role': 'user', 'content': parts}]"
            asked = f"client.chat.completions.create({messages}, {_words(words)})"
            shown = "print(answer.choices[0].message.content)"
        case "automatic-speech-recognition":
            if times := extra.pop("return_timestamps", False):
                kind = "word" if times == "word" else "segment"
                words |= {"response_format": "verbose_json", "timestamp_granularities": [kind]}
            part = "translations" if extra.pop("task", "") == "translate" else "transcriptions"
            imported = "from pathlib import Path\n\n"
            asked = f"client.audio.{part}.create(file=Path({first!r}), {_words(words)})"
            shown = "print(answer)"
        case "text-to-speech":
            if scale := extra.pop("length_scale", None):
                words["speed"] = round(1 / scale, 2)
            words |= {"voice": words.get("voice", "default"), "input": first}
            words["response_format"] = "wav"
            asked = f"client.audio.speech.create({_words(words)})"
            shown = 'answer.write_to_file("speech.wav")'
        case _:
            asked = f"client.embeddings.create({_words({'input': first, **words})})"
            shown = "print(answer.data[0].embedding)"
    left = f"# openai has no name for {', '.join(extra)}.\n" if extra else ""
    client = f"client = OpenAI(base_url={call.url + 'v1'!r}, api_key={call.key!r})\n"
    head = f"{imported}from openai import OpenAI\n\n"
    return f"{head}{left}{client}{said}answer = {asked}\n{shown}"


def _by_fetch(call: Call) -> str:
    parameters = dict(call.options)
    if call.is_chat:
        parameters["mode"] = "chat"
    values = {name: _javascript(value) for name, value in call.inputs.items()}
    read = ""
    for name in call.inputs:
        if name in call.files:
            read += f'const {name} = (await readFile({values[name]})).toString("base64");\n'
            values[name] = name
    [first, *others] = values.values()
    inputs = "{ " + ", ".join(f"{k}: {v}" for k, v in values.items()) + " }" if others else first
    body = f"inputs: {inputs}"
    body += f", parameters: {_javascript(parameters)}" if parameters else ""
    shown = "console.log(JSON.stringify(await response.json()));"
    if call.task.id == SPOKEN:
        shown = _kept("response")
    imported = _files_used(read, shown)
    return (f"{imported}\n{read}" if imported else read) + (
        f"const response = await fetch({_javascript(call.address)}, {{\n"
        '  method: "POST",\n'
        '  headers: { "Content-Type": "application/json", '
        f"Authorization: {_javascript('Bearer ' + call.key)} }},\n"
        f"  body: JSON.stringify({{ {body} }}),\n"
        f"}});\n{shown}"
    )


def _by_hub_js(call: Call) -> str:
    task, address, said, read = call.task.id, call.address, "", ""
    parameters = {HUB_NAMES.get(k, k): v for k, v in call.options.items() if k != "mode"}
    values = {name: _javascript(value) for name, value in call.inputs.items()}
    first, *others = values.values()
    method = _camel(task)
    if call.is_chat or task == SEEN:
        address, method = call.url + "v1", "chatCompletion"
        words, extra = _sampling(call)
        given = [f"{name}: {_javascript(v)}" for name, v in {"model": call.model, **words}.items()]
        given += [f"{name}: {_javascript(value)}" for name, value in extra.items()]
        messages = _javascript(call.messages) if call.is_chat else _asked_in_javascript(others[0])
        given.append(f"messages: {messages}")
        if task == SEEN:
            data = '"data:image/jpeg;base64," + '
            read = f'const picture = {data}(await readFile({first})).toString("base64");\n'
    elif call.files:
        read = f"const file = new Blob([await readFile({first})]);\n"
        given = ["data: file"]
        if parameters:
            said = f"// With a file huggingface.js sends no {', '.join(parameters)}.\n"
    else:
        if task == "zero-shot-classification":
            parameters = {"candidate_labels": call.inputs["candidate_labels"], **parameters}
        several = ", ".join(f"{name}: {value}" for name, value in values.items())
        given = [f"inputs: {{ {several} }}" if task == "question-answering" else f"inputs: {first}"]
        given += [f"parameters: {_javascript(parameters)}"] if parameters else []
    asked = f"await client.{method}({{ {', '.join(given)} }})"
    shown = f"console.log(JSON.stringify({asked}));"
    if task == SPOKEN:
        shown = f"const speech = {asked};\n{_kept('speech')}"
    return (
        _files_used(read, shown)
        + 'import { InferenceClient } from "@huggingface/inference";\n\n'
        + said
        + read
        + f"const client = new InferenceClient({_javascript(call.key)}, "
        f"{{ endpointUrl: {_javascript(address)} }});\n" + shown
    )


def _asked_in_javascript(question: str) -> str:
    """A message about the picture."""
    seen = '{ type: "image_url", image_url: { url: picture } }'
    return f'[{{ role: "user", content: [{seen}, {{ type: "text", text: {question} }}] }}]'


def _kept(response: str) -> str:
    """The sound of a response, written to a file."""
    return f'await writeFile("speech.wav", Buffer.from(await {response}.arrayBuffer()));'


def _files_used(*code: str) -> str:
    """The import of what the code reads and writes files with."""
    used = [name for name in ("readFile", "writeFile") if any(name in one for one in code)]
    return f'import {{ {", ".join(used)} }} from "node:fs/promises";\n' if used else ""


def _words(*given: Any) -> str:
    """Arguments of a call in Python; those of a last dict go by name."""
    *values, by_name = given
    return ", ".join([*(repr(v) for v in values), *(f"{k}={v!r}" for k, v in by_name.items())])


def _javascript(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _camel(task: str) -> str:
    first, *others = task.split("-")
    return first + "".join(word.title() for word in others)
