"""Reads the settings, builds the page, launches it; `run` answers files from the terminal.

Its name is the distribution's, so that the installed command finds no other program's `app`.
"""

import os
import socket
import sys
from typing import TYPE_CHECKING

from pipelines.errors import InputError, PlaygroundError
from pipelines.settings import Settings, from_command_line

if TYPE_CHECKING:
    from pipelines import Playground


def main() -> None:
    """Serve the page until Ctrl-C or SIGTERM; with `run` first, answer the rows of a file."""
    if sys.argv[1:2] == ["run"]:
        from pipelines import command_line

        sys.exit(command_line.main(sys.argv[2:]))
    try:
        settings = from_command_line()
        check_address(settings.host, settings.port)
        launch(settings)
    except PlaygroundError as error:
        sys.exit(str(error))


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

    from api import app as apis
    from api import request_log
    from components import javascript, page, theme
    from components.server.app import launch_kwargs
    from components.server.shutdown import Shutdown
    from pipelines import Playground
    from pipelines.engines import zero_gpu
    from pipelines.folders import ASSETS

    request_log.set_up(settings)
    zero_gpu.register()
    playground = clustered(settings) if settings.cluster else Playground(settings)
    built = page.build(playground)
    name, _, password = settings.auth.partition(":")
    shutdown = Shutdown()
    built.launch(
        prevent_thread_lock=True,
        server_name=settings.host,
        server_port=settings.port or None,
        share=settings.share,
        auth=(name, password) if name else None,
        mcp_server=settings.mcp,
        theme=theme.THEME,
        css_paths=page.CSS,
        head=javascript.HEAD,
        footer_links=["api", "settings"],
        allowed_paths=[str(ASSETS / "examples")],
        **launch_kwargs(built, settings, apis.routes(playground), apis.middleware(playground)),
    )
    request_log.set_up(settings)
    playground.in_flight.started = True
    shutdown.wait()
    shutdown.end(built, playground)


def clustered(settings: Settings) -> "Playground":
    """The playground whose runs are answered by replicas.

    Raises:
        InputError: Ray is not installed, or there is no cluster at the address.
    """
    try:
        from cluster.deployment import join
    except ModuleNotFoundError as error:
        raise InputError(
            f"The cluster needs Ray, which is not installed ({error.name}).",
            "Run pip install 'pipeline-playground[cluster]'.",
        ) from error
    return join(settings)


if __name__ == "__main__":
    main()
