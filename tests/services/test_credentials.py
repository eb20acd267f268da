"""Credentials of a connection, renewed by many at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from tests.mirror_world import Place, connection
from webapp.services.credentials import KeptCredentials

THREADS = 50
"""More than the database connections that one process may have."""


def test_fifty_threads_of_one_process_that_find_a_token_expired_renew_it_once(place: Place):
    made = place.connect()
    store = KeptCredentials(connection(made).portal_id, made)
    together = Barrier(THREADS)
    used = store.load()[1]["token"]

    def renew(number: int) -> bool:
        together.wait()
        with store.renewal_lock():
            version, credentials = store.load()
            if credentials["token"] != used:
                return False
            return store.keep({**credentials, "token": f"renewed by {number}"}, expected=version)

    with ThreadPoolExecutor(THREADS) as threads:
        renewed = list(threads.map(renew, range(THREADS)))
    assert renewed.count(True) == 1
    assert store.load()[1]["token"] == f"renewed by {renewed.index(True)}"
