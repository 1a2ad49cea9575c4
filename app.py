"""Reads the settings, builds the page, launches it. Nothing else.

python app.py --port 7860
"""

import os
import sys

from pipelines.errors import PlaygroundError
from pipelines.settings import Settings, from_command_line


def main() -> None:
    """Serve the page until Ctrl-C."""
    try:
        settings = from_command_line()
    except PlaygroundError as error:
        sys.exit(str(error))
    launch(settings)


def launch(settings: Settings) -> None:
    """Build and serve the page."""
    # A folder of the program's own: what is old in it is deleted. gradio's is for all its programs.
    os.environ.setdefault("GRADIO_TEMP_DIR", str(settings.cache / "uploads"))

    from components import page, server
    from pipelines import Playground
    from pipelines.engines import zero_gpu

    zero_gpu.register()
    playground = Playground(settings)
    built = page.build(playground)
    built.launch(
        server_name=settings.host,
        server_port=settings.port or None,
        share=settings.share,
        auth=tuple(settings.auth.split(":", 1)) if settings.auth else None,
        mcp_server=settings.mcp,
        theme=page.THEME,
        css_paths=page.CSS,
        head=page.HEAD,
        footer_links=["api", "settings"],
        allowed_paths=[str(page.ASSETS / "examples")],
        **server.launch_kwargs(built, settings),
    )


if __name__ == "__main__":
    main()
