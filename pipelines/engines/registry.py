"""Finds the engines: every module and package in this folder that declares an ENGINE."""

from collections.abc import Collection, Iterable
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pipelines.engines
from pipelines.capabilities import Capability
from pipelines.engines.base import Engine
from pipelines.errors import ModelError


@cache
def engines() -> dict[str, Engine]:
    """All engines by name; the fallback is the last."""
    names = sorted(module.name for module in iter_modules(pipelines.engines.__path__))
    modules = [import_module(f"pipelines.engines.{name}") for name in names]
    found: list[Engine] = [module.ENGINE for module in modules if hasattr(module, "ENGINE")]
    return {engine.name: engine for engine in sorted(found, key=lambda engine: engine.fallback)}


def engine(name: str) -> Engine:
    """The engine of that name.

    Raises:
        ModelError: there is none.
    """
    if name not in engines():
        known = ", ".join(engines())
        raise ModelError(f"There is no engine named {name!r}.", f"Choose from {known}.")
    return engines()[name]


def engine_for(folder: Path) -> Engine:
    """The engine that loads a folder, judged by its files."""
    return next(engine for engine in engines().values() if engine.owns(folder))


def engine_for_listing(names: Iterable[str]) -> Engine | None:
    """The engine whose weights a repository with these files has; None if there are none.

    Of several formats the fallback engine's is preferred: it serves the most tasks.
    """
    listed = list(names)
    ordered = sorted(engines().values(), key=lambda engine: not engine.fallback)
    return next((engine for engine in ordered if engine.weights_of(listed)), None)


def hub_tags(capabilities: Collection[Capability]) -> set[str]:
    """The Hub's tags of the formats in which a model may have one of these capabilities."""
    wanted = set(capabilities)
    return {tag for one in engines().values() if one.offers & wanted for tag in one.hub_tags}
