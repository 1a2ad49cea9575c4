"""The question-answering tab: a question and a text in, the answer marked in the text out."""

from components.results.marked_text import MarkedAnswer
from components.tab import Tab

LIBRARY = (
    "The town library was built in 1908 by the architect Ellen Ward. It closed for repairs in "
    "March 2019 and opened again two years later. Since then it lends tools and bicycles as well "
    "as books, and on Saturdays volunteers repair broken lamps in the cellar."
)

TAB = Tab(
    task="question-answering",
    view=MarkedAnswer,
    examples=[
        ["Who built the library?", LIBRARY],
        ["Where do I work?", "My name is Sylvain and I work at Hugging Face in Brooklyn."],
        ["When did it close?", LIBRARY],
    ],
    transformers="""
# transformers 5 has no question-answering pipeline any more; the model classes are there.
import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("{model}")
model = AutoModelForQuestionAnswering.from_pretrained("{model}")
question, context = {question}, {context}
inputs = tokenizer(question, context, truncation="only_second", return_tensors="pt")
with torch.no_grad():
    out = model(**inputs)
outside = torch.tensor([part != 1 for part in inputs.sequence_ids()])
first = out.start_logits[0].masked_fill(outside, -torch.inf).softmax(-1)
last = out.end_logits[0].masked_fill(outside, -torch.inf).softmax(-1)
pairs = (first[:, None] * last[None, :]).triu().tril({max_answer_len} - 1)
start, end = divmod(int(pairs.argmax()), pairs.shape[1])
print(context[inputs.token_to_chars(start).start : inputs.token_to_chars(end).end])
""",
)
