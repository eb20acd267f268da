"""Runs the standard tests against an installed plugin, in a process of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from importlib.util import find_spec

from webapp.workshop.subject import Trial


class CannotCheck(Exception):
    """The tests cannot be run; the text says what is missing."""


def check(trial: Trial) -> tuple[int, Mapping[str, str] | None]:
    """Run the tests, which say how they go; return the exit code, and the credentials if they were renewed.

    Raises ``CannotCheck``.
    """
    if find_spec("pytest") is None:
        raise CannotCheck("The standard tests need pytest: install it with pip install pytest.")
    renewed, told = os.pipe()
    with os.fdopen(renewed, encoding="utf-8") as credentials:
        try:
            done = subprocess.run(
                [sys.executable, "-P", "-m", "webapp.workshop.trial", str(told)],
                input=json.dumps({**asdict(trial), "credentials": dict(trial.credentials)}),
                text=True,
                pass_fds=(told,),
            )
        finally:
            os.close(told)
        text = credentials.read()
    return done.returncode, json.loads(text) if text else None
