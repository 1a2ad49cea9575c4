"""CTranslate2: encoder-decoders of text, many times transformers' speed and without torch.

They are transformers' folders, converted once by a child process. One idea a file: which models, in
`engine`; the child in `convert`, with what it compares in `probes`; what a converted model's folder
tells in `about`; its tokens in `tokens`; the loaded model in `model`. This package itself imports
no ctranslate2.
"""

from pipelines.engines.ctranslate2.engine import ENGINE

__all__ = ["ENGINE"]
