"""PostgreSQL and Valkey from their wheels, for the demo and the tests: children that die with this process.

``postgres`` (by the ``programs`` of its wheel) and ``valkey``, each in a ``folder`` of its own.

Both listen on a free port of 127.0.0.1 only, behind a password kept in their folder. Linux only.
"""

from webapp.embedded.folder import EmbeddedError
from webapp.embedded.postgres import EmbeddedPostgres
from webapp.embedded.valkey import EmbeddedValkey

__all__ = ["EmbeddedError", "EmbeddedPostgres", "EmbeddedValkey"]
