"""HTTP as the server reads it: uvicorn's httptools protocol, which itself has no bounds.

h11, uvicorn's other protocol, has them, but takes 7 s of the event loop for a body of 1 MB in
chunks of one byte, and this 0.4 s. httptools keeps whatever is sent as a head, and every request
that comes before an earlier one is answered: 16 MB of them took 1.4 GB of memory (all measured
2026-11-28). Knows bytes and uvicorn, no application. Written for uvicorn 0.54.0.
"""

from typing import Any

from uvicorn.config import HTTP_PROTOCOLS
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD = 65_536  # bytes of a request line with its headers, or of trailers; as h11 has it


def use() -> None:
    """Have servers that start from now on read HTTP so."""
    HTTP_PROTOCOLS["auto"] = f"{BoundedProtocol.__module__}:{BoundedProtocol.__name__}"


class _PipelinedError(Exception):
    """A request came while an earlier one of its connection was being answered."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection. It answers one request at a time; a client that sends the next before the
    answer gets this answer, then the end of the connection, and has to send the rest again."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._head = 0  # bytes since the last that were more than a part of a head
        self._last = False  # what comes after the request that is being answered is not read

    def data_received(self, data: bytes) -> None:
        """Read what came, as long as a head has its bounds."""
        if self._last:
            return
        self._head += len(data)
        super().data_received(data)
        if self._head > MOST_HEAD and not self.transport.is_closing():
            self.send_400_response("The head of this request is too large.")

    def on_headers_complete(self) -> None:
        """Begin with the request, if it is this one's turn."""
        self._head = 0
        if self.cycle and not self.cycle.response_complete:
            raise _PipelinedError  # the parser stops here, and has a 400 sent
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body."""
        self._head = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note the end of a body."""
        self._head = 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what came; after a request that is whole its answer comes first, and is the
        connection's last."""
        self._last = True
        if self.cycle and not self.cycle.response_complete and not self.cycle.more_body:
            self.cycle.keep_alive = False
        else:
            super().send_400_response(msg)
