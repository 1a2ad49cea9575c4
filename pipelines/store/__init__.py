"""Files of models: where they come from, and what they cost. `store.py` is the whole of it."""

from pipelines.progress import Progress
from pipelines.store.store import BUNDLED, Cost, Store

__all__ = ["BUNDLED", "Cost", "Progress", "Store"]
