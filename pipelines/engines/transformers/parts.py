"""A model's preprocessors: tokenizer, image processor, feature extractor, processor.

Image processors run on Pillow. A processor whose video processor needs torchvision is made without
it: Qwen-VL and SmolVLM2 read images all the same.
"""

import re
from pathlib import Path
from typing import Any

import transformers

from pipelines.errors import ModelError

LIBRARY = re.compile(r"requires the (\S+) library")


def part(folder: Path, auto_class: str, **options: Any) -> Any:
    """The preprocessor that this Auto class makes from a model's folder.

    Raises:
        ModelError: a library is missing, named in the hint, or the files are.
    """
    options |= {"local_files_only": True, "trust_remote_code": False}
    try:
        return getattr(transformers, auto_class).from_pretrained(folder, **options)
    except ImportError as error:
        raise missing(error) from error
    except (OSError, ValueError) as error:
        what = auto_class.removeprefix("Auto")
        hint = str(error).strip().split("\n")[0]
        raise ModelError(f"This model's {what} cannot be loaded.", hint) from error


def processor(folder: Path, config: Any) -> Any:
    """Tokenizer and image or sound processor in one."""
    try:
        return part(folder, "AutoProcessor", backend="pil")
    except ModelError:
        kind = transformers.models.auto.processing_auto.PROCESSOR_MAPPING.get(type(config), None)
        if kind is None or "video_processor" not in kind.get_attributes():
            raise
        return _without_video(kind).from_pretrained(folder, local_files_only=True, backend="pil")


def _without_video(kind: Any) -> Any:
    """The processor class `kind`, for images and text only."""

    class WithoutVideo(kind):  # type: ignore[misc]  # its base is known at run time only
        video_processor = None
        # SmolVLM's own method needs the video processor, also when there is no video.
        apply_chat_template = transformers.ProcessorMixin.apply_chat_template

        @classmethod
        def get_attributes(cls) -> list[str]:
            return [name for name in kind.get_attributes() if name != "video_processor"]

        @classmethod
        def from_args_and_dict(cls, args: list[Any], processor_dict: Any, **options: Any) -> Any:
            args.insert(kind.get_attributes().index("video_processor"), None)
            known = {key: v for key, v in processor_dict.items() if key != "video_processor"}
            return super().from_args_and_dict(args, known, **options)

    return WithoutVideo


def missing(error: ImportError) -> ModelError:
    """The error for a library that is not installed; transformers' own message names it."""
    message = str(error).strip().split("\n")[0]
    named = LIBRARY.search(message)
    library = named[1].lower() if named else error.name
    if not library:
        return ModelError("This model needs a library that is not installed.", message)
    return needs(library)


def needs(library: str, instead: str = "another model") -> ModelError:
    """The error for a library that is not installed, and what else can be picked."""
    return ModelError(
        f"This model needs {library}, which is not installed.",
        f"Run pip install {library} and start again, or pick {instead}.",
    )
