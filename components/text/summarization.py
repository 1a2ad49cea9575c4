"""The summarization tab: a long text in, a short one out, streamed."""

from typing import Any

from components.results import StreamedText
from components.tab import Tab

LIGHTHOUSE = """\
The lighthouse on the northern cape was built in 1874, after three ships had been lost on the \
reef within a single winter. For more than a century a keeper and his family lived beside the \
tower, carried oil up its 214 steps every evening and kept a log of every ship that passed. In \
1989 the lamp was made automatic and the last keeper left. The house stood empty until the town \
bought it for one pound, repaired the roof with volunteers and opened it as a museum. Today \
about 30,000 people visit every year, most of them in summer, and the entrance fees pay for the \
lifeboat station in the harbour."""
BREAD = """\
Sourdough bread rises without bought yeast. A baker mixes flour and water and lets the mixture \
stand for several days; wild yeasts and lactic acid bacteria that live on the grain begin to \
grow in it. Part of this starter is kept and fed again and again, so that some bakeries use a \
starter that is older than the bakery itself. The bacteria make the dough sour, which keeps the \
bread fresh for longer and makes minerals in the flour easier for the body to use. Because wild \
yeasts work slowly, a sourdough loaf takes between twelve and thirty-six hours from the first \
mixing to the oven."""
MEETING = """\
The library committee met on Tuesday. Ms Osei reported that loans of children's books rose by a \
fifth, while loans of films fell by half. The heating in the reading room fails about once a \
week; two firms have been asked for an offer. Mr Brandt proposed opening on Sunday afternoons \
with volunteers. The committee liked the idea but wants to know first what the insurance would \
cost. The members agreed to buy four new tables, to move the newspapers to the ground floor and \
to meet again on the third of March."""

# max_length is in words here, in tokens there.
SUMMARIZER = """
# transformers 5 has no summarization pipeline any more; this is what it did.
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("{model}")
model = AutoModelForSeq2SeqLM.from_pretrained("{model}")
inputs = tokenizer({text}, return_tensors="pt", truncation=True)
made = model.generate(**inputs, {fewest}max_new_tokens=int({max_length} * 1.6))
print(tokenizer.decode(made[0], skip_special_tokens=True))
"""
ASKED = """
# A chat model is asked for a summary.
from transformers import pipeline

pipe = pipeline("text-generation", model="{model}")
ask = "Summarize the following text {words}.\\n\\n" + {text}
chat = [{"role": "user", "content": ask}]
print(pipe(chat, do_sample=False, max_new_tokens=int({max_length} * 1.6)))
"""


def transformers_code(options: dict[str, Any]) -> dict[str, str]:
    """The call for plain transformers, by the kind of model."""
    least = options["min_length"]
    fewest = "" if least is None else "min_length=0, min_new_tokens=int({min_length} * 1.6), "
    words = "in {min_length} to {max_length} words" if least else "in at most {max_length} words"
    summarizer = SUMMARIZER.replace("{fewest}", fewest)
    return {
        "t5": summarizer.replace("{text}", '"summarize: " + {text}'),
        "instruct|chat|-it": ASKED.replace("{words}", words),
        "": summarizer,
    }


TAB = Tab(
    task="summarization",
    view=lambda: StreamedText("summary_text", "Summary"),
    examples=[[BREAD], [LIGHTHOUSE], [MEETING]],
    transformers=transformers_code,
)
