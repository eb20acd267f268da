"""The ``tandem`` command: a person's and a script's way to the services.

Each module brings some of the commands: ``database``, ``people`` (portals and users), ``connect``, ``importing``
(refresh, import, runs), ``processes`` (serve, worker, schedule, sandbox, demo) and ``sample``.
"""

from webapp.cli.root import main

__all__ = ["main"]
