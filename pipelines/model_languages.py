"""The languages of a translation model, for the options that offer them."""

from pathlib import Path

from pipelines.engines import engine_for


def source_languages(folder: Path) -> list[str]:
    """Codes of the languages that a model reads; empty where its files do not say."""
    return list(engine_for(folder).languages(folder).source)


def target_languages(folder: Path) -> list[str]:
    """Codes of the languages that a model writes; empty where its files do not say."""
    return list(engine_for(folder).languages(folder).target)
