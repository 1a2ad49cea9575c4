"""The token-classification tab: a text in, the same text with coloured spans out."""

from components.results.marked_text import LabelledSpans
from components.tab import Tab

TAB = Tab(
    task="token-classification",
    view=LabelledSpans,
    examples=[
        ["Yesterday the Bank of England met in London; Andrew Bailey spoke to the BBC."],
        ["My name is Sylvain and I work at Hugging Face in Brooklyn."],
        ["Marie Curie moved from Warsaw to Paris in 1891 and taught at the Sorbonne."],
    ],
    transformers="""
from transformers import pipeline

pipe = pipeline("token-classification", model="{model}")
print(pipe({text}, aggregation_strategy={aggregation_strategy}))
""",
)
