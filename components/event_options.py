"""Options that many of the page's events have in common."""

from typing import Any

# No endpoint of the API, and nothing drawn over the outputs meanwhile. Of each component that shows
# progress gradio's client copies all properties at every step of any later event: with all outputs
# of sixteen tabs among them a run kept the browser busy for ten seconds and more.
QUIET: dict[str, Any] = {
    "api_visibility": "private",
    "show_progress": "hidden",
    "show_progress_on": [],
}
