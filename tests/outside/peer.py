"""A peer on the loopback address that answers as badly as a test wants."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Behaviour = Callable[[socket.socket], None]


@dataclass
class Peer:
    """A listening peer; `requests` are the heads and bodies it has read, `connections` counts clients."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def peer(behaviour: Behaviour, *, tls: ssl.SSLContext | None = None) -> Iterator[Peer]:
    """Run a peer that does `behaviour` with the connection after each request read from it."""
    listener = socket.create_server(("127.0.0.1", 0))
    told = Peer(port=listener.getsockname()[1])
    open_now: list[socket.socket] = []

    def serve(client: socket.socket) -> None:
        with suppress(OSError), tls.wrap_socket(client, server_side=True) if tls else client as client:
            while request := read_request(client):
                told.requests.append(request)
                behaviour(client)

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                told.connections += 1
                open_now.append(client)
                threading.Thread(target=serve, args=[client], daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        for end in (listener, *open_now):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        thread.join()


def read_request(client: socket.socket) -> bytes:
    """Read one request with its body; blank when the client has left."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (part := client.recv(65536)):
            return b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        ),
        0,
    )
    while len(body) < length:
        body += client.recv(65536)
    return head + b"\r\n\r\n" + body


def answer(body: bytes = b"{}", *, status: str = "200 OK", headers: str = "") -> Behaviour:
    """Answer whole and at once; each header in `headers` ends with a line end."""
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode()
    return lambda client: client.sendall(head + body)


def trickle(data: bytes, stopped: threading.Event) -> Behaviour:
    """Send one byte every 50 ms."""

    def send(client: socket.socket) -> None:
        for byte in data:
            if stopped.wait(0.05):
                return
            client.sendall(bytes([byte]))

    return send
