"""The embedded Valkey: whom it lets in, what it keeps, and that it never outlives its owner."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import redis
from redis.backoff import ConstantBackoff, NoBackoff
from redis.retry import Retry

from webapp.embedded import EmbeddedValkey

OWNER = """
import sys, time
from pathlib import Path
from webapp.embedded import EmbeddedValkey
print(EmbeddedValkey(Path(sys.argv[1]), durable=False).start().url, flush=True)
time.sleep(600)
"""


def test_lets_nobody_in_without_the_password(redis_url: str):
    port = redis.Redis.from_url(redis_url).connection_pool.connection_kwargs["port"]
    with (
        redis.Redis(port=port, retry=Retry(NoBackoff(), 0)) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


@pytest.mark.parametrize(("durable", "kept"), [(True, b"42"), (False, None)])
def test_keeps_its_data_from_one_start_to_the_next_only_if_durable(
    tmp_path: Path, durable: bool, kept: bytes | None
):
    server = EmbeddedValkey(tmp_path, durable=durable)
    with server, redis.Redis.from_url(server.url) as client:
        client.set("answer", 42)
    with server, redis.Redis.from_url(server.url) as client:
        assert client.get("answer") == kept


def test_ends_when_its_owner_is_killed(tmp_path: Path):
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, tmp_path], stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout.readline().startswith("redis://")
        server = psutil.Process(owner.pid).children()
        owner.kill()
    assert server
    assert psutil.wait_procs(server, timeout=10)[1] == []


def test_comes_back_at_its_address_when_it_is_killed(tmp_path: Path):
    with EmbeddedValkey(tmp_path, durable=False) as server:
        assert server.revive() is False
        kill_server(server.url)
        assert server.revive() is True
        with redis.Redis.from_url(server.url, retry=Retry(ConstantBackoff(0.05), 200)) as client:
            assert client.ping()


def kill_server(url: str) -> None:
    """Kill the server at an address, and wait until it is dead."""
    with redis.Redis.from_url(url) as client:
        server = psutil.Process(client.info("server")["process_id"])
    server.kill()
    server.wait(timeout=10)
