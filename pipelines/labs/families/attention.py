"""What the three columns of lab 1 share: reading a text, attention as arrays, loading for it.

It knows that attention weights come out of the "eager" attention only, and how to show a token as
a piece of text. What each family makes of it is in encoder.py, decoder.py and encoder_decoder.py.
"""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from pipelines.engines.transformers.engine import import_transformers
from pipelines.errors import InputError, ModelError

if TYPE_CHECKING:
    import torch

Array = NDArray[np.float32]
Family = Literal["encoder", "decoder", "encoder-decoder"]
ATTENTION_NOTE = "Loaded with eager attention: the faster kinds do not give their weights away."
# Files that are here: nobody is asked, no code of theirs runs, nothing is unpickled.
LOCAL = {"local_files_only": True, "trust_remote_code": False}
MAX_TOKENS = 48  # more are not readable as a heat map; a longer text is cut, and the page says so


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as the model reads it. `cut` says how many tokens were left out at its end."""

    ids: tuple[int, ...]
    tokens: tuple[str, ...]
    special: tuple[bool, ...]
    cut: int = 0


@dataclass(frozen=True, slots=True)
class Attention:
    """Weights [layers, heads, queries, keys]; each query's weights sum to 1 over the keys."""

    queries: tuple[str, ...]
    keys: tuple[str, ...]
    weights: Array


def load(folder: Path, head: str = "auto") -> tuple[Any, Any]:
    """(model, tokenizer) of a transformers folder, in float32 with eager attention.

    `head` is the name of a transformers Auto class without "AutoModel" ("ForMaskedLM", "" for the
    bare model), or "auto" for the class that the folder's own config names.
    """
    import torch
    import transformers

    from pipelines.engines.transformers.stopping import stop_between_layers

    known = config(folder)
    try:
        if head == "auto":
            named = (known.architectures or [""])[0]
            cls = getattr(transformers, named, None) or transformers.AutoModel
        else:
            cls = getattr(transformers, f"AutoModel{head}")
        model = cls.from_pretrained(
            folder,
            attn_implementation="eager",
            dtype=torch.float32,
            use_safetensors=True,
            local_files_only=True,
        )
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **LOCAL)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise _unopened(error) from error
    stop_between_layers(model)
    model.eval()
    return model, tokenizer


def config(folder: Path) -> Any:
    """What a transformers folder says of its model."""
    import_transformers()
    import transformers

    try:
        return transformers.AutoConfig.from_pretrained(folder, **LOCAL)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise _unopened(error) from error


def _unopened(error: Exception) -> ModelError:
    return ModelError("The model cannot be opened.", str(error).split("\n")[0])


def family(config: Any) -> Family:
    """Which of the three columns a model belongs to."""
    if getattr(config, "is_encoder_decoder", False):
        return "encoder-decoder"
    named = " ".join(getattr(config, "architectures", None) or [])
    if "CausalLM" in named or "LMHead" in named or getattr(config, "is_decoder", False):
        return "decoder"
    return "encoder"


def read(tokenizer: Any, text: str, limit: int = MAX_TOKENS, special: bool = True) -> Reading:
    """Tokenize, cut at the limit; an empty text is an InputError."""
    if not text.strip():
        raise InputError("The text is empty.", "Type a sentence.")
    whole = tokenizer(text, add_special_tokens=special, verbose=False)["input_ids"]
    ids = whole
    if len(whole) > limit:
        ids = tokenizer(text, add_special_tokens=special, truncation=True, max_length=limit)
        ids = ids["input_ids"]
    if not ids:
        raise InputError("The model's tokenizer finds nothing in this text.", "Type other words.")
    return reading(tokenizer, ids, len(whole) - len(ids))


def reading(tokenizer: Any, ids: Sequence[int], cut: int = 0) -> Reading:
    """Ids with the text of each."""
    known = set(tokenizer.all_special_ids)
    return Reading(
        ids=tuple(int(i) for i in ids),
        tokens=tuple(token_texts(tokenizer, ids)),
        special=tuple(int(i) in known for i in ids),
        cut=cut,
    )


def token_texts(tokenizer: Any, ids: Sequence[int]) -> list[str]:
    """Each token as a person reads it: spaces kept where the tokenizer marks them."""
    shown = []
    for i, raw in zip(ids, tokenizer.convert_ids_to_tokens([int(i) for i in ids]), strict=True):
        if raw is None:  # an id in the model's table that the tokenizer does not know
            shown.append(f"<{int(i)}>")
        elif raw.startswith("▁"):  # SentencePiece: the mark is the space before a word
            shown.append(raw.replace("▁", " "))
        elif raw.startswith("##"):  # WordPiece: the rest of a word
            shown.append(raw)
        else:
            shown.append(tokenizer.decode([int(i)], clean_up_tokenization_spaces=False) or raw)
    return shown


def stack(layers: Sequence["torch.Tensor"], item: int = 0) -> Array:
    """A model's tuple of attentions as one array [layers, heads, queries, keys]."""
    return np.stack([layer[item].float().numpy() for layer in layers])


@contextlib.contextmanager
def without_learning() -> Iterator[None]:
    """No gradients; torch is imported here so that a page is up before it."""
    import torch

    with torch.inference_mode():
        yield


def one_thread() -> None:
    """Let torch compute on the calling thread alone, for as long as this thread lives.

    A sentence is too small to share out: beside other work on two cores, waiting for the second
    thread took a look into SmolLM2 from 0.11 s to 3 s. The setting is a thread's own, but torch
    also keeps the last one for threads to come; a thread that does nothing else puts it back.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    again = threading.Thread(target=torch.set_num_threads, args=(before,))
    again.start()
    again.join()
