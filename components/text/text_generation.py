"""The text-generation tab: a chat."""

from components.results import Conversation
from components.tab import Tab

CHAT = """
from transformers import pipeline

pipe = pipeline("text-generation", model="{model}")
chat = [{"role": "user", "content": {prompt}}]
options = {"temperature": {temperature}, "top_p": {top_p}, "do_sample": {temperature} > 0}
print(pipe(chat, max_new_tokens={max_new_tokens}, **options))
"""
PROMPT = """
from transformers import pipeline

pipe = pipeline("text-generation", model="{model}")
options = {"temperature": {temperature}, "top_p": {top_p}, "do_sample": {temperature} > 0}
print(pipe({prompt}, max_new_tokens={max_new_tokens}, **options))
"""

TAB = Tab(
    task="text-generation",
    view=lambda: Conversation("prompt"),
    examples=[
        ["Explain what a transformer model is, in two sentences."],
        ["Write a short poem about the sea."],
        ["Give me three names for a small grey cat."],
    ],
    transformers={"gpt2": PROMPT, "": CHAT},
)
