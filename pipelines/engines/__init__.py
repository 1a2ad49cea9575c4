"""Engines: each file or folder here loads one file format into models with capabilities.

What an engine is, and how to add one, is in `base`; they are found by `registry`.
"""

from pipelines.engines.base import Engine, Languages, Model, library_of
from pipelines.engines.registry import (
    engine,
    engine_for,
    engine_for_listing,
    engines,
    hub_tags,
)

__all__ = [
    "Engine",
    "Languages",
    "Model",
    "engine",
    "engine_for",
    "engine_for_listing",
    "engines",
    "hub_tags",
    "library_of",
]
