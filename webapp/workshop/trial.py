"""Runs the standard tests of one plugin and says in sentences how they went, for ``checking``.

What is asked for comes as JSON on the standard input. Credentials that were renewed meanwhile are written as
JSON to the file descriptor named by the one argument. Ends with 0 when every promise is kept, else with 1.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import pytest

from webapp.sdk import ProviderError
from webapp.sdk.testing import DirectoryContract
from webapp.workshop import suite
from webapp.workshop.patience import Patience
from webapp.workshop.subject import Subject, Trial, traits_of

CONTRACTS = "tandem.contracts"
"""The entry points by which plugins announce the module of their standard tests."""

QUIET = (
    "-p",
    "no:terminal",
    "-p",
    "no:cacheprovider",
    "-c",
    os.devnull,
    "--disable-plugin-autoload",
    "--noconftest",
)


@dataclass(eq=False)
class Telling:
    """Says how each test went as soon as it is over; a plugin of pytest."""

    subject: Subject
    traits: Mapping[str, object]
    patience: Patience
    kept: int = 0
    skipped: int = 0
    broken: list[str] = field(default_factory=list)

    @pytest.fixture(name="subject")
    def give_subject(self) -> Subject:
        """Return what is tried."""
        return self.subject

    @pytest.fixture(name="traits")
    def give_traits(self) -> Mapping[str, object]:
        """Return what is known of the directory."""
        return self.traits

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Begin to wait for a test."""
        self.patience.begin(_promise(nodeid))

    def pytest_runtest_logfinish(self) -> None:
        """Wait for it no longer."""
        self.patience.end()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test, and say what it promises."""
        promise = _promise(report.nodeid)
        if report.failed:
            self.broken.append(promise)
            print(f"  ✗ {promise}\n    → {_why(report)}", flush=True)
        elif report.skipped:
            self.skipped += 1
            print(f"  – {promise}\n    → {_why(report)}", flush=True)
        elif report.when == "call":
            self.kept += 1
            print(f"  ✓ {promise}", flush=True)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Say what cannot even be imported."""
        if report.failed:
            self.broken.append(report.nodeid)
            print(f"  ✗ {report.nodeid or 'the tests'} cannot be imported\n    → {_why(report)}", flush=True)


def main() -> int:
    """Try the plugin that was asked for."""
    trial = Trial(**json.load(sys.stdin))
    patience = Patience(trial.patience)
    with patience.during("can be loaded"):
        subject = Subject(trial)
        contract = _contract_of(trial.plugin)
        telling = Telling(subject, _traits(subject, contract), patience)
    patience.before_end = partial(_hand_back, subject)
    print(f"{subject.provider.label}: what it promises")
    _run([contract or f"{suite.__name__}::TestProvider"], telling)
    if trial.credentials:
        _try_account(trial, telling)
    _sum_up(telling)
    _hand_back(subject)
    return 1 if telling.broken or not telling.kept else 0


def _hand_back(subject: Subject) -> None:
    """Tell credentials that were renewed."""
    times, credentials = subject.kept.load()
    if times and len(sys.argv) > 1:
        with os.fdopen(int(sys.argv[1]), "w", encoding="utf-8") as renewed:
            json.dump(dict(credentials), renewed)


def _try_account(trial: Trial, telling: Telling) -> None:
    """Read the account; write to it too if that was asked for and nobody's customers are in it."""
    subject = telling.subject
    try:
        with telling.patience.during("can be connected"):
            name = subject.connect()
        print(f"{name} at {subject.provider.label}: what is read")
        telling.traits = {**telling.traits, "contact_census": bool(subject.features().get("contact_census"))}
        _run([f"{suite.__name__}::TestAccountRead"], telling)
        if not trial.writes:
            return
        print(f"{name} at {subject.provider.label}: what is written")
        with telling.patience.during("can be written to"):
            reason = _unfit(subject)
    except (ProviderError, LookupError) as error:
        reason = str(error)
    if reason:
        telling.broken.append("the account")
        print(f"  ✗ can be tried\n    → {reason}")
    else:
        _run([f"{suite.__name__}::TestAccountWritten"], telling)


def _unfit(subject: Subject) -> str:
    """Say why nothing is written to an account, if so."""
    if subject.directory().census(None).customers:
        return "It holds customers: only an empty practice account is written to. Connect one of those."
    if not subject.provider.capabilities.deletes_customers:
        return "Customers cannot be deleted there, so what the tests make would stay: it is not written to."
    return ""


def _contract_of(plugin: str) -> str:
    """Return the module of a plugin's own standard tests, blank if it announces none."""
    announced = importlib.metadata.entry_points(group=CONTRACTS, name=plugin)
    return next((entry.module for entry in announced), "")


def _traits(subject: Subject, contract: str) -> Mapping[str, object]:
    can = subject.provider.capabilities
    told: dict[str, object] = {
        "unique_names": can.unique_names,
        "inactive": can.inactive,
        "deletes_customers": can.deletes_customers,
    }
    module = importlib.import_module(contract) if contract else None
    for each in vars(module).values() if module else ():
        if isinstance(each, type) and issubclass(each, DirectoryContract) and each is not DirectoryContract:
            told |= traits_of(each, suite.TRAITS)
    return told


def _run(targets: Sequence[str], telling: Telling) -> None:
    before = telling.kept + telling.skipped + len(telling.broken)
    code = pytest.main([*QUIET, "--pyargs", *targets], plugins=[telling])
    done = telling.kept + telling.skipped + len(telling.broken)
    if done == before or code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        telling.broken.append(targets[0])
        print(f"  ✗ {targets[0]} cannot be run\n    → pytest ended with {code!s}.")


def _promise(nodeid: str) -> str:
    """Turn a test's id into the sentence it is."""
    name, bracket, case = nodeid.rpartition("::")[2].partition("[")
    return name.removeprefix("test_").replace("_", " ") + (f" ({case[:-1]})" if bracket else "")


def _why(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Say why a test did not pass, in a line."""
    told = report.longrepr
    if isinstance(told, tuple):
        return str(told[2]).removeprefix("Skipped: ")
    crash = getattr(told, "reprcrash", None)
    lines = str(crash.message if crash else told).strip().splitlines()
    said = " ".join(line.strip() for line in lines[:3])[:300]
    asked = [line[1:].strip() for line in str(told).splitlines() if line.startswith(">")]
    return f"not so: {asked[-1]}" if said == "AssertionError" and asked else said


def _sum_up(telling: Telling) -> None:
    broken = len(telling.broken)
    kept = f"{telling.kept} promise{'' if telling.kept == 1 else 's'} kept"
    print(f"\n{kept}, {broken} broken, {telling.skipped} not looked at.")


if __name__ == "__main__":
    sys.exit(main())
