"""For whom a run is, as far as turns and limits go. Knows neither HTTP nor sessions.

The server says who calls (components/server/callers.py, api/app.py); a script in its own process is
NOBODY, to whom no limit applies.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Caller:
    """A visitor of the page or a client of the APIs.

    `visitor` and `network` are pseudonyms that mean something to the server only: a browser's
    cookie, a key, an address. `request` is the id under which the log has what they asked for.
    """

    visitor: str = ""
    network: str = ""
    request: str = ""


NOBODY = Caller()
SCOPE = "playground.caller"  # where a server keeps the Caller of a request, in its ASGI scope
# There too: what words an error for the API that was called, from its sentence, status and code.
ERROR_FORM = "playground.error_form"
