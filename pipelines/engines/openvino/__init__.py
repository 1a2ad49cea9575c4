"""OpenVINO: models that answer in a single pass, three times as fast as torch and without it.

They are transformers' folders, converted once by a child process. One idea a file: which models, in
`engine` and `heads`; the library in `runtime`; converted models on disk in `conversion` and
`model`; the child in `convert`, with what it writes down in `describe` and what it asks in
`probes`; and the loaded models with their capabilities in the others. This package itself imports
no openvino.
"""

from pipelines.engines.openvino.engine import ENGINE

__all__ = ["ENGINE"]
