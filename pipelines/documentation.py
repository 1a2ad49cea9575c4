"""The README's tables, made from the code. `python -m pipelines.documentation` writes them in.

A test fails when what stands in the README differs.
"""

import re
from collections.abc import Callable
from pathlib import Path

from pipelines.catalogue import Entry, catalogue
from pipelines.registry import tasks
from pipelines.settings import FIELDS, PUBLIC, flag, variable

README = Path(__file__).parents[1] / "README.md"


def tasks_table() -> str:
    """One row a task: what goes in, what comes out, which model answers without a hub."""
    rows = ["| group | task | endpoint | takes | starter model |", "|---|---|---|---|---|"]
    for task in tasks().values():
        starters = [entry.title for entry in catalogue().starters(task.id)]
        names = [p.name for p in task.inputs] + [p.name for p in task.options]
        takes = ", ".join(f"`{name}`" for name in names)
        rows.append(
            f"| {task.modality} | {task.id} | `/{task.name}` | {takes} | "
            f"{'; '.join(starters) or 'none yet'} |"
        )
    return "\n".join(rows)


def models_table() -> str:
    """One row a model of the catalogue."""
    rows = [
        "| name | tasks | engine | family | licence | parameters | size | languages |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for entry in catalogue().entries.values():
        name = f"[{entry.name}](https://huggingface.co/{entry.hub})" if entry.hub else entry.name
        rows.append(
            f"| {name} | {_ranked(entry)} | {entry.engine} | {entry.family or '–'} | "
            f"{entry.licence} | {_short(entry.parameters)} | {entry.size} | "
            f"{', '.join(entry.languages) or '–'} |"
        )
    return "\n".join(rows)


def _ranked(entry: Entry) -> str:
    """The tasks, each with what the model is for it."""
    ranked = [(task, entry.rank(task)) for task in entry.tasks]
    return ", ".join(f"{task} (**{rank}**)" if rank else task for task, rank in ranked)


def _short(parameters: int | None) -> str:
    """124 M, 3.5 M, 4.0 B."""
    if not parameters:
        return "–"
    millions = parameters / 1e6
    return f"{millions / 1e3:.1f} B" if millions >= 999.5 else f"{millions:.{millions < 10:d}f} M"


def settings_table() -> str:
    """One row a setting: its default, and in public mode another one where it is stricter there."""
    rows = ["| variable | flag | default | in public | what |", "|---|---|---|---|---|"]
    elsewhere = {"cache": "~/.cache/pipeline-playground", "threads": "all cores"}
    for name, info in FIELDS.items():
        default = elsewhere.get(name, str(info.default)) or "none"
        public = PUBLIC.get(name, "")
        rows.append(
            f"| `{variable(name)}` | `{flag(name)}` | {default} | {public} | {info.description} |"
        )
    return "\n".join(rows)


TABLES: dict[str, Callable[[], str]] = {
    "tasks": tasks_table,
    "models": models_table,
    "settings": settings_table,
}


def filled_in(text: str) -> str:
    """The text with every table between its markers made anew."""
    for name, table in TABLES.items():
        pattern = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
        text = re.sub(pattern, lambda m, t=table: f"{m[1]}{t()}\n{m[2]}", text, flags=re.DOTALL)  # type: ignore[misc]  # mypy cannot infer a lambda with a default
    return text


if __name__ == "__main__":
    README.write_text(filled_in(README.read_text("utf-8")), "utf-8")
