"""The ``tandem`` command: a person's and a script's way to the services.

``root`` hangs the commands together and says their errors; ``database``, ``people`` (portals and users),
``connecting``, ``importing`` (refresh, import, runs), ``syncing``, ``drifting``, ``processes`` (demo, serve,
worker, schedule), ``keys``, ``auditing``, ``doctor``, ``diagnosing``, ``sampling`` and ``plugins``
bring them; ``application`` and ``follow`` are what they share.
"""

import gc

# What is imported stays: looking for garbage among it is a fifth of what a command takes to start.
gc.disable()

from webapp.cli.root import main  # noqa: E402

gc.freeze()
gc.enable()

__all__ = ["main"]
