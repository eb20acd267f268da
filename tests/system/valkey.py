"""What goes through Valkey, and what it keeps."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import redis


@contextmanager
def overheard(url: str, heard: list[bytes]) -> Iterator[None]:
    """Hear every command that anybody sends to Valkey."""
    begun, client = threading.Event(), redis.Redis.from_url(url)

    def listen() -> None:
        with suppress(redis.RedisError, ValueError, OSError), client.monitor() as monitor:
            begun.set()
            for command in monitor.listen():
                heard.append(str(command["command"]).encode())
                if "the canaries are home" in command["command"]:
                    return

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    assert begun.wait(10)
    yield
    redis.Redis.from_url(url).echo("the canaries are home")
    listener.join(10)


def everything_in(url: str) -> Iterator[bytes]:
    """Read every key that Valkey holds, with what stands under it; jobs are packed."""
    client = redis.Redis.from_url(url)
    read: dict[bytes, Callable[[bytes], Any]] = {
        b"string": client.get,
        b"hash": client.hgetall,
        b"list": lambda key: client.lrange(key, 0, -1),
        b"set": client.smembers,
        b"zset": lambda key: client.zrange(key, 0, -1),
        b"stream": client.xrange,
    }
    for key in client.scan_iter():
        yield key
        # One that ran out by now is of no type.
        held = read.get(client.type(key), lambda _: b"")(key)
        for value in (*held, *held.values()) if isinstance(held, dict) else (held,):
            with suppress(zlib.error, TypeError):
                yield zlib.decompress(value)
            yield repr(value).encode()
