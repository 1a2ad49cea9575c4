"""A result as JSON for the page: always valid, with a remark where lists are shortened."""

import json
from typing import Any

from components.translations import text

LONGEST = 200_000  # characters; longer JSON makes the page slow
MOST_ITEMS = (1000, 50, 10)  # of each list, tried in this order


def json_text(value: Any) -> str:
    """The JSON; where it is too long its lists end with how many items are left out."""
    shown = _written(value)
    for most in MOST_ITEMS:
        if len(shown) <= LONGEST:
            break
        shown = _written(_shortened(value, most))
    return shown


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _shortened(value: Any, most: int) -> Any:
    if isinstance(value, dict):
        return {key: _shortened(one, most) for key, one in value.items()}
    if not isinstance(value, list):
        return value
    kept = [_shortened(one, most) for one in value[:most]]
    left = len(value) - len(kept)
    told = text("… {count} more, left out here; the endpoint returns all", count=left)
    return [*kept, told] if left else kept
