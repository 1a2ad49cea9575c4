"""Photographs, on OpenVINO: what is in them, where, of which kind, and what is written there.

One idea a file: the formats in `engine`, the models in `detector`, `classifier` and `text_reader`,
the three as one in `describer`; its sentences in `wording`, the questions that it understands in
`questions` and their answers in `answers`; the graph of the detector in `ssd_graph`.
"""

from pipelines.engines.photo.engine import ENGINE

__all__ = ["ENGINE"]
