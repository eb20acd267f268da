"""Start a whole Tandem, say where it is, and keep it running."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import requests

from webapp import lifeline
from webapp.demo.folder import DemoError, DemoFolder, claim_database
from webapp.embedded import EmbeddedError, EmbeddedPostgres, EmbeddedValkey
from webapp.embedded.folder import claim, port_near
from webapp.supervisor import Process, Supervisor, SupervisorError

WEB_PORT = 5000
SANDBOX_SEED = "1"
PORTALS_OWN = ("TANDEM_", "DATABASE_URL", "REDIS_URL")
"""How settings begin that concern nobody but the portal's own processes."""

SENDER = "Tandem <tandem@nordlicht.example>"
OWNER_URL = "TANDEM_OWNER_DATABASE_URL"
SANDBOX_URL = "TANDEM_SANDBOX_URL"


def run_demo(*, reset: bool = False) -> int:
    """Run the demo until Ctrl-C or SIGTERM, with `reset` on fresh data; return the exit code.

    Its folder is `.demo` here, or what `TANDEM_DEMO_DIR` names. `DATABASE_URL` and `REDIS_URL` name servers
    to use instead of its own, and `TANDEM_SANDBOX_URL` a small system of yours instead of the practice Zoho.
    """
    listen_to_interrupts()
    if os.environ.get("TANDEM_DEMO_BOUND"):
        lifeline.bind_to_parent()
    try:
        with ExitStack() as running:
            try:
                folder = prepare_folder(running, reset=reset)
                start_all(folder, running).watch()
            finally:
                # A second Ctrl-C must not cut the orderly end short.
                ignore_interrupts()
    except KeyboardInterrupt:
        say("Tandem has stopped.")
        return 0
    except (DemoError, EmbeddedError, SupervisorError) as error:
        print(f"The demo cannot run. {error}", file=sys.stderr)
        return 1
    return 0


def prepare_folder(running: ExitStack, *, reset: bool) -> DemoFolder:
    """Take the folder for this process alone, emptied if asked for."""
    folder = DemoFolder(Path(os.environ.get("TANDEM_DEMO_DIR") or ".demo").absolute())
    running.enter_context(claim(folder.path))
    if reset:
        folder.empty()
        say("The demo's data is gone; it starts over.")
    folder.open()
    return folder


def start_all(folder: DemoFolder, running: ExitStack) -> Supervisor:
    """Start everything in the order of need and say where it is; whatever is started ends with `running`."""
    servers = own_servers(folder, running)
    environment = installation(folder, {name: server.url for name, server in servers.items()})
    owner = {OWNER_URL: owner_address(servers.get("DATABASE_URL"))}
    claim_database(owner[OWNER_URL])
    supervisor = running.enter_context(Supervisor(folder.logs, say=say))
    for server in servers.values():
        supervisor.keep(server.folder.name, server)
    carry_out(["db", "upgrade"], environment | owner, folder.logs)
    if not os.environ.get(SANDBOX_URL):
        supervisor.start(sandbox(environment, folder.practice_zoho))
    logins = json.loads(carry_out(["sample"], environment, folder.logs))
    for process in portal(environment):
        supervisor.start(process)
    say(f"Tandem is ready: {environment['TANDEM_BASE_URL']}")
    say(introduction(logins, environment, folder))
    return supervisor


def own_servers(folder: DemoFolder, running: ExitStack) -> dict[str, EmbeddedPostgres | EmbeddedValkey]:
    """Start servers as far as none are named, and return each by the name its address goes by."""
    servers: dict[str, EmbeddedPostgres | EmbeddedValkey] = {}
    if not os.environ.get("DATABASE_URL"):
        postgres = EmbeddedPostgres(folder.path / "postgres", durable=True)
        servers["DATABASE_URL"] = running.enter_context(postgres)
    if not os.environ.get("REDIS_URL"):
        valkey = EmbeddedValkey(folder.path / "valkey", durable=True)
        servers["REDIS_URL"] = running.enter_context(valkey)
    return servers


def owner_address(server: EmbeddedPostgres | EmbeddedValkey | None) -> str:
    """Return the address of the database's owner: only changing the schema needs it."""
    if isinstance(server, EmbeddedPostgres):
        return server.owner_url
    if not os.environ.get(OWNER_URL):
        raise DemoError(
            f"DATABASE_URL names a database of yours: name its owner's address too, with {OWNER_URL}."
        )
    return os.environ[OWNER_URL]


def installation(folder: DemoFolder, servers: Mapping[str, str]) -> dict[str, str]:
    """Return the environment all processes share; `servers` are the addresses of the demo's own.

    The database's owner is not among it: no process that serves people may be the owner.
    """
    own = {"PYTHONUNBUFFERED": "1", **folder.keys(), **servers}
    own["TANDEM_BASE_URL"] = f"http://127.0.0.1:{port_near(WEB_PORT)}"
    if not os.environ.get(SANDBOX_URL):
        own[SANDBOX_URL] = f"http://127.0.0.1:{folder.sandbox_port(say)}"
    if not os.environ.get("TANDEM_MAIL_URL"):
        own["TANDEM_MAIL_URL"] = folder.outbox.as_uri().replace("file:", "maildir:", 1)
        own["TANDEM_MAIL_FROM"] = SENDER
    return {name: value for name, value in os.environ.items() if name != OWNER_URL} | own


def sandbox(environment: Mapping[str, str], kept: Path) -> Process:
    """Return the practice Zoho, which keeps its records and tokens in a file.

    It stands in for somebody else, so it is told no key, address or password of the portal.
    """
    url = environment[SANDBOX_URL]
    known = {name: value for name, value in environment.items() if not name.startswith(PORTALS_OWN)}
    argv = tandem("sandbox", "--port", port_of(url), "--seed", SANDBOX_SEED, "--keep", str(kept))
    return Process("sandbox", argv, known, answers(url))


def portal(environment: Mapping[str, str]) -> list[Process]:
    """Return the portal's own processes: two kinds of workers, the scheduler and the web server."""
    url = environment["TANDEM_BASE_URL"]
    return [
        Process("worker-push", tandem("worker", "--queue", "push"), environment),
        Process("worker-bulk", tandem("worker", "--queue", "bulk"), environment),
        Process("schedule", tandem("schedule"), environment),
        Process("web", tandem("serve", "--port", port_of(url)), environment, answers(f"{url}/healthz")),
    ]


def tandem(*words: str) -> list[str]:
    """Return the command line of a `tandem` command."""
    return [sys.executable, "-m", "webapp.cli", *words]


def carry_out(words: list[str], environment: Mapping[str, str], logs: Path) -> str:
    """Run a `tandem` command to its end and return what it printed; raise DemoError with its words."""
    log = logs / f"{words[0]}.log"
    with log.open("wb") as errors:
        child = lifeline.start_bound(
            tandem(*words),
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    try:
        printed, _ = child.communicate()
    finally:
        lifeline.end_group(child)
    if child.returncode:
        last = "\n".join(log.read_text("utf-8", "replace").splitlines()[-12:])
        raise DemoError(f"`tandem {' '.join(words)}` failed; {log} ends:\n{last}")
    return printed.decode()


def answers(url: str) -> Callable[[], bool]:
    """Return a check that `url` answers."""

    def check() -> bool:
        with requests.Session() as session:
            # A proxy of this machine's environment cannot see its loopback address.
            session.trust_env = False
            try:
                return session.get(url, timeout=5).ok
            except requests.RequestException:
                return False

    return check


def introduction(logins: list[dict[str, Any]], environment: Mapping[str, str], folder: DemoFolder) -> str:
    """Return what a person needs to begin: who can log in, where the practice Zoho, mails and logs are."""
    mails = environment["TANDEM_MAIL_URL"].startswith("maildir:")
    lines = [f"  {login['email']:<32} {login['password']:<16} {login['role']}" for login in logins]
    return "\n".join(
        [
            "Log in as one of",
            *lines,
            practice_words(environment[SANDBOX_URL]),
            *([f"The mails that would be sent: {environment['TANDEM_BASE_URL']}/outbox/"] if mails else []),
            f"Data and logs: {folder.path} · Ctrl-C stops everything.",
        ]
    )


def practice_words(url: str) -> str:
    """Say where the region *Sandbox* leads."""
    if os.environ.get(SANDBOX_URL):
        return f"The region Sandbox leads to {url}, as {SANDBOX_URL} says."
    return f"The practice Zoho, to edit by hand: {url}/_sandbox/"


def port_of(url: str) -> str:
    """Return the port an address ends with."""
    return url.rpartition(":")[2]


def listen_to_interrupts() -> None:
    """Take SIGTERM and a closed terminal for Ctrl-C, as far as they are not ignored already."""
    for each in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(each) != signal.SIG_IGN:
            signal.signal(each, signal.default_int_handler)


def ignore_interrupts() -> None:
    """Stop listening to Ctrl-C and what is taken for it."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)


def say(text: str) -> None:
    """Print at once, also into a pipe."""
    print(text, flush=True)
