"""Reads the settings, builds the page, launches it. Nothing else.

Its name is the distribution's, so that the installed command finds no other program's `app`.
"""

import os
import socket
import sys

from pipelines.errors import InputError, PlaygroundError
from pipelines.settings import Settings, from_command_line


def main() -> None:
    """Serve the page until Ctrl-C."""
    try:
        settings = from_command_line()
        check_address(settings.host, settings.port)
    except PlaygroundError as error:
        sys.exit(str(error))
    launch(settings)


def check_address(host: str, port: int) -> None:
    """Check that the page can listen there, before seconds are spent on building it.

    Raises:
        InputError: the port is taken or may not be used, or the address is not this machine's.
    """
    bare = host.removeprefix("[").removesuffix("]")
    # gradio asks for the port on the loopback address too, whatever the host.
    for address in (bare, "127.0.0.1"):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        try:
            socket.create_server((address, port), family=family).close()
        except OSError as error:
            why = str(error.strerror).partition(" (")[0]
            raise InputError(
                f"Nothing can listen on {host}, port {port}: {why}.",
                "Choose another with --host or --port; --port 0 takes a free port.",
            ) from None


def launch(settings: Settings) -> None:
    """Build and serve the page."""
    # A folder of the program's own: what is old in it is deleted. gradio's is for all its programs.
    os.environ.setdefault("GRADIO_TEMP_DIR", str(settings.cache / "uploads"))

    from components import javascript, page
    from components.server.app import launch_kwargs
    from pipelines import Playground
    from pipelines.engines import zero_gpu
    from pipelines.folders import ASSETS

    zero_gpu.register()
    playground = Playground(settings)
    built = page.build(playground)
    name, _, password = settings.auth.partition(":")
    built.launch(
        server_name=settings.host,
        server_port=settings.port or None,
        share=settings.share,
        auth=(name, password) if name else None,
        mcp_server=settings.mcp,
        theme=page.THEME,
        css_paths=page.CSS,
        head=javascript.HEAD,
        footer_links=["api", "settings"],
        allowed_paths=[str(ASSETS / "examples")],
        **launch_kwargs(built, settings),
    )


if __name__ == "__main__":
    main()
