"""The translation tab: a sentence in, the same in another language out, streamed."""

from components.results import StreamedText
from components.tab import Tab

MARIAN = """
# transformers 5 has no translation pipeline any more; this is what it did.
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("{model}")
model = AutoModelForSeq2SeqLM.from_pretrained("{model}")
inputs = tokenizer({text}, return_tensors="pt")
made = model.generate(**inputs, num_beams={num_beams}, max_new_tokens=256)
print(tokenizer.decode(made[0], skip_special_tokens=True))
"""
TOLD = """
# transformers 5 has no translation pipeline any more; this is what it did.
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("{model}")
model = AutoModelForSeq2SeqLM.from_pretrained("{model}")
{languages}
inputs = tokenizer({text}, return_tensors="pt")
made = model.generate(
    **inputs, forced_bos_token_id=first, num_beams={num_beams}, max_new_tokens=256
)
print(tokenizer.decode(made[0], skip_special_tokens=True))
"""
M2M100 = TOLD.replace(
    "{languages}",
    """tokenizer.src_lang = {source}
first = tokenizer.get_lang_id({target})""",
)
MBART = TOLD.replace(
    "{languages}",
    """marks = {mark[:2]: mark for mark in tokenizer.get_added_vocab()}  # "fr": "fr_XX"
tokenizer.src_lang = marks[{source}]
first = tokenizer.convert_tokens_to_ids(marks[{target}])""",
)

TAB = Tab(
    task="translation",
    view=lambda: StreamedText("translation_text", "Translation"),
    examples=[
        ["A dog runs along the beach."],
        ["Two women are sitting at a table and drinking coffee."],
        ["A man in a blue shirt is standing on a ladder."],
    ],
    transformers={
        "t5": MARIAN.replace("{text}", '"translate {source_name} to {target_name}: " + {text}'),
        "mbart": MBART,
        "m2m100": M2M100,
        "nllb": "",  # it writes languages its own way: fra_Latn
        "": MARIAN,
    },
)
