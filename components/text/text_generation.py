"""The text-generation tab: a chat."""

from components.results import Conversation
from components.tab import Tab

TAB = Tab(
    task="text-generation",
    view=lambda: Conversation("prompt"),
    examples=[
        ["Explain what a transformer model is, in two sentences."],
        ["Write a short poem about the sea."],
        ["Give me three names for a small grey cat."],
    ],
    transformers="""
from transformers import pipeline

pipe = pipeline("text-generation", model="{model}")
print(pipe([{"role": "user", "content": {prompt}}], max_new_tokens=256))
""",
)
