"""Small tokenizers trained on a few sentences, in the layouts of the families that use them."""

import json
from pathlib import Path
from string import ascii_lowercase, digits
from typing import Any

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from tokenizers.trainers import BpeTrainer
from transformers import PreTrainedTokenizerFast

SENTENCES = [
    "The lion sleeps under an old tree while two birds sing above him.",
    "I love this film, but the second half is far too long.",
    "A red car and a blue bicycle stand in front of the small house.",
    "Please translate this sentence from English into French or German.",
    "How many apples are there on the table? There are seven apples.",
    "What is the capital of France? Paris is the capital of France.",
    "summarize: The committee met on Monday and agreed on the new budget.",
    "translate English to French: Good morning, how are you today?",
    "Bonjour, le chat noir dort sur la chaise de la cuisine.",
    "Guten Morgen, der Hund läuft schnell durch den grünen Wald.",
]

CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def _train(tokenizer: Tokenizer, trainer: BpeTrainer) -> Tokenizer:
    tokenizer.train_from_iterator(SENTENCES, trainer)
    return tokenizer


def _ids(tokenizer: Tokenizer, *tokens: str) -> list[tuple[str, int]]:
    ids = [(token, tokenizer.token_to_id(token)) for token in tokens]
    return [(token, number) for token, number in ids if number is not None]


def wordpiece(**options: Any) -> PreTrainedTokenizerFast:
    """BERT's: lower case, [CLS] text [SEP]."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    # The vocabulary is listed, not trained: the WordPiece trainer's order changes from run to run.
    split = pre_tokenizers.BertPreTokenizer().pre_tokenize_str
    words = {word for line in SENTENCES for word, _ in split(line.lower())}
    letters = sorted({letter for word in words for letter in word} | set(ascii_lowercase + digits))
    pieces = [*special, *letters, *(f"##{letter}" for letter in letters)]
    pieces += sorted(words - set(letters))
    vocabulary = {piece: index for index, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=_ids(tokenizer, "[CLS]", "[SEP]"),
    )
    names = dict(zip(("pad", "unk", "cls", "sep", "mask"), special, strict=True))
    return _wrap(tokenizer, names, **options)


def byte_bpe(
    special: tuple[str, ...] = ("<|endoftext|>",),
    names: dict[str, str] | None = None,
    template: str | None = None,
    pair: str | None = None,
    **options: Any,
) -> PreTrainedTokenizerFast:
    """GPT-2's: every byte is known. `template` is the post-processor's, such as "<s> $A </s>"."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = BpeTrainer(
        vocab_size=400, special_tokens=list(special), initial_alphabet=alphabet, show_progress=False
    )
    _train(tokenizer, trainer)
    _add_template(tokenizer, template, special, pair)
    if names is None:
        names = {"bos": special[0], "eos": special[0], "unk": special[0], "pad": special[0]}
    return _wrap(tokenizer, names, **options)


def chat_bpe(special: tuple[str, ...] = (), **options: Any) -> PreTrainedTokenizerFast:
    """A byte-level tokenizer with the ChatML template, as SmolLM2 and Qwen have it."""
    all_special = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", *special)
    names = {"bos": "<|im_start|>", "eos": "<|im_end|>", "unk": "<|endoftext|>"}
    options = {"chat_template": CHAT_TEMPLATE, **options}
    return byte_bpe(all_special, names | {"pad": "<|im_end|>"}, **options)


def metaspace_bpe(
    special: tuple[str, ...] = ("<pad>", "</s>", "<unk>"),
    names: dict[str, str] | None = None,
    template: str | None = "$A </s>",
    **options: Any,
) -> PreTrainedTokenizerFast:
    """Looks like a SentencePiece model (T5, Marian, mBART) but lives in tokenizer.json alone."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    _train(tokenizer, BpeTrainer(vocab_size=400, special_tokens=list(special), show_progress=False))
    _add_template(tokenizer, template, special)
    names = names or {"pad": "<pad>", "eos": "</s>", "unk": "<unk>"}
    return _wrap(tokenizer, names, **options)


def _add_template(
    tokenizer: Tokenizer, template: str | None, special: tuple[str, ...], pair: str | None = None
) -> None:
    if template:
        used = [token for token in special if token in f"{template} {pair}".split()]
        tokenizer.post_processor = processors.TemplateProcessing(
            single=template, pair=pair, special_tokens=_ids(tokenizer, *used)
        )


def _wrap(tokenizer: Tokenizer, names: dict[str, str], **options: Any) -> PreTrainedTokenizerFast:
    tokens = {f"{name}_token": token for name, token in names.items()}
    options = {"model_max_length": 128, **tokens, **options}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **options)


def set_class(folder: Path, name: str, **facts: str | bool) -> None:
    """Name the family's own class in tokenizer_config.json, as repositories on the Hub do."""
    path = folder / "tokenizer_config.json"
    config = json.loads(path.read_text(encoding="utf-8")) | {"tokenizer_class": name} | facts
    path.write_text(json.dumps(config, indent=2), encoding="utf-8")


def letters_file(folder: Path, special: list[str], letters: str) -> Path:
    """A vocab.json with one id for each letter, as CTC and VITS tokenizers read it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "vocab.json"
    vocabulary = {token: index for index, token in enumerate([*special, *letters])}
    path.write_text(json.dumps(vocabulary), encoding="utf-8")
    return path
