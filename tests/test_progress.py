"""Events that show no progress have no component that could.

gradio's client copies all properties of each such component at every step of any later event.
"""

from tests.page_events import Page


def test_what_shows_no_progress_is_not_copied_at_each_step(server_url: str) -> None:
    with Page(server_url) as page:
        quiet = [
            one
            for one in page.events
            if one["show_progress"] == "hidden" and one["api_visibility"] != "public"
        ]
    copied = {
        str(one["api_name"])
        for one in quiet
        if (one["outputs"] if one["show_progress_on"] is None else one["show_progress_on"])
    }
    assert len(quiet) > 400
    # Two names of endpoints, and what gradio's own examples fill in.
    assert {name for name in copied if not name.startswith("load_example")} == {
        "sentiment_analysis",
        "ner",
    }
