"""The text-generation tab: a chat, or a text that goes on."""

from typing import Any

from components.results.writing import Writing
from components.tab import Tab

CODE = """
from transformers import pipeline{seeding}

pipe = pipeline("text-generation", model="{model}")
{asked}
options = {options}
print(pipe({given}, max_new_tokens={max_new_tokens}, return_full_text=False, **options))
"""
CHAT = 'chat = [{"role": "user", "content": {prompt}}]'
# What plain transformers calls by the same name, where it is not its default.
SAME = {"top_k": 50, "min_p": 0, "repetition_penalty": 1, "num_return_sequences": 1}


def transformers_code(options: dict[str, Any]) -> dict[str, str]:
    """The call for plain transformers; base models go on with the prompt in any case."""
    asked = ["temperature", "top_p"] if options["temperature"] else []
    asked += [name for name, default in SAME.items() if options[name] != default]
    words = [f'"{name}": {{{name}}}' for name in asked]
    words.append(f'"do_sample": {options["temperature"] > 0}')
    seeded = options["seed"] is not None
    code = CODE.replace("{options}", "{" + ", ".join(words) + "}")
    code = code.replace("{seeding}", ", set_seed\n\nset_seed({seed})" if seeded else "")
    system = '[{"role": "system", "content": {system}}, ' if options["system"] else "["
    chat = code.replace("{asked}", CHAT.replace("[", system, 1)).replace("{given}", "chat")
    text = code.replace("{asked}\n", "").replace("{given}", "{prompt}")
    return {"": text} if options["mode"] == "continue" else {"gpt2": text, "": chat}


TAB = Tab(
    task="text-generation",
    view=lambda: Writing("prompt"),
    examples=[
        ["Explain in one sentence what natural language processing is."],
        ["Write a short poem about the sea."],
        ["Give me three names for a small grey cat."],
        ["In this course, we will teach you how to"],
    ],
    set_by_example={3: {"mode": "continue", "max_new_tokens": 60}},
    hidden=("mode", "json_schema", "top_logprobs", "tools", "tool_choice"),
    transformers=transformers_code,
)
