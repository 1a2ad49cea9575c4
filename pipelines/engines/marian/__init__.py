"""marian: the small models of Firefox Translations, read from Marian's files and run in numpy.

One idea a file: the files' format in `weights`, the network in `network`, the vocabulary and what
it does not know in `vocabulary`, a loaded folder in `model`, what the folder looks like in
`engine`. A process that translates with it imports neither torch nor transformers.
"""

from pipelines.engines.marian.engine import ENGINE

__all__ = ["ENGINE"]
