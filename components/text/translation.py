"""The translation tab: a sentence in, the same in another language out, streamed."""

from components.results import StreamedText
from components.tab import Tab

TAB = Tab(
    task="translation",
    view=lambda: StreamedText("translation_text", "Translation"),
    examples=[
        ["A dog runs along the beach."],
        ["Two women are sitting at a table and drinking coffee."],
        ["A man in a blue shirt is standing on a ladder."],
    ],
    transformers="""
# transformers 5 has no translation pipeline any more; this is what it did.
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("{model}")
model = AutoModelForSeq2SeqLM.from_pretrained("{model}")
inputs = tokenizer({text}, return_tensors="pt")
print(tokenizer.decode(model.generate(**inputs)[0], skip_special_tokens=True))
""",
)
