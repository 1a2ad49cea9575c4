"""A transformers folder made once from a GGUF file, so that lab 1 can look into its attention.

llama.cpp gives no attention weights; transformers reads GGUF but needs long for it. This
does it once, in float16, and keeps the folder; later loads take about a second.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from pipelines.errors import ModelError
from pipelines.store.download import disk_full, is_full

MADE = "made-from.txt"


def transformers_folder(
    source: Path, target: Path, say: Callable[[str], None] = lambda _: None
) -> Path:
    """The folder for a GGUF file, made if it is not there; `say` gets sentences for the page.

    Raises:
        OSError: the target cannot be made.
        DiskFullError, ModelError: it cannot be filled.
    """
    mark = f"{source.name} {source.stat().st_size}"
    made = target / MADE
    if made.exists() and made.read_text() == mark:
        return target
    new = target.with_name(f"{target.name}.{os.getpid()}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    say("Unpacking the model once, so that its attention can be seen (about half a minute).")
    try:
        tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
        model = AutoModelForCausalLM.from_pretrained(
            source.parent,
            gguf_file=source.name,
            dtype=torch.float16,
            # By default the weights stay packed: slow to compute with and not to be saved.
            quantization_config=GgufConfig(gguf_file=source.name, dequantize=True),
        )
        say("Writing the unpacked model.")
        model.save_pretrained(new)
        tokenizer.save_pretrained(new)
        (new / MADE).write_text(mark)
        shutil.rmtree(target, ignore_errors=True)
        os.replace(new, target)
    except (OSError, ValueError, ImportError) as error:
        if isinstance(error, OSError) and is_full(error):
            raise disk_full() from error
        raise ModelError(
            "The GGUF file cannot be unpacked.", "Pick another model; the log has the details."
        ) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return target
