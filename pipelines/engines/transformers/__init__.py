"""transformers on torch: architectures that it has a class for, with safetensors weights.

Never runs code from a repository, never unpickles. One idea a file: the format in `engine`,
capabilities and their Auto classes in `auto_classes`, loading in `loading` and `weights`, the base
of all loaded models in `model`, stopping within a pass in `stopping`, and the models with their
capabilities in `generation`, `text_to_text`, `classification`, `embedding`, `vision`,
`vision_language`, `speech_recognition`, `audio_classification` and `speech_synthesis`. This package
itself imports no torch.
"""

from pipelines.engines.transformers.engine import ENGINE

__all__ = ["ENGINE"]
