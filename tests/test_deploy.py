"""What lies in deploy/ starts what the guide says: real commands, known settings, all kinds of processes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import click
import pytest
import yaml

from tests.settings import ENVIRONMENT
from webapp.cli.root import tandem
from webapp.config import Settings
from webapp.demo.run import portal

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
GUIDE = (ROOT / "docs" / "operations.md").read_text("utf-8")
PROGRAM = "/opt/tandem/bin/tandem"
UNITS = sorted(path.name for path in (DEPLOY / "systemd").glob("*.service"))
INSTANCES = {"tandem-worker@.service": ("push", "bulk")}
NO_SETTING = ("TANDEM_OWNER_PASSWORD", "TANDEM_APP_PASSWORD")
"""What only ``roles.sql`` reads."""

IN_NO_SAMPLE = ("TANDEM_OWNER_DATABASE_URL", "TANDEM_SANDBOX_URL")
"""Settings that no process which serves people may have, or has to."""


def files() -> list[Path]:
    """Return every file that lies there."""
    return sorted(path for path in DEPLOY.rglob("*") if path.is_file())


def unit(name: str) -> dict[str, list[str]]:
    """Return what a unit says, by key; a key may be said more than once."""
    lines = (DEPLOY / "systemd" / name).read_text("utf-8").splitlines()
    said: dict[str, list[str]] = {}
    for key, _, value in (line.partition("=") for line in lines if not line.startswith(("#", "[")) and line):
        said.setdefault(key, []).append(value)
    return said


def services() -> dict[str, dict]:
    """Return the services of the compose file that run this program."""
    found = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
    return {name: each for name, each in found.items() if each["image"] == "tandem"}


def commands_of_units() -> list[list[str]]:
    """Return what the units start, without the program's name."""
    lines = [
        line.replace("%i", instance)
        for name in UNITS
        for line in unit(name)["ExecStart"]
        for instance in INSTANCES.get(name, ("",))
    ]
    assert {line.split()[0] for line in lines} == {PROGRAM}
    return [line.split()[1:] for line in lines]


def commands_of_services() -> list[list[str]]:
    """Return what the containers start."""
    assert 'ENTRYPOINT ["tandem"]' in (DEPLOY / "Dockerfile").read_text("utf-8")
    return [each["command"] for each in services().values()]


def understood(words: Iterable[str]) -> str:
    """Return the name of a command that takes these words; raises what click says of a wrong one."""
    command, left = tandem, list(words)
    path = []
    while isinstance(command, click.Group):
        path.append(left.pop(0))
        command = command.commands[path[-1]]
    context = command.make_context(path[-1], left)
    return " ".join([*path, *(str(context.params[name]) for name in ("queue",) if name in context.params)])


def sample() -> dict[str, str]:
    """Return the sample of settings: those that are set in it and those that are only shown."""
    lines = re.findall(r'^#?([A-Z_]+)="(.*)"$', (DEPLOY / "tandem.env").read_text("utf-8"), re.M)
    return dict(lines)


@pytest.mark.parametrize("commands", [commands_of_units, commands_of_services], ids=["systemd", "compose"])
def test_every_kind_of_process_is_started_by_a_command_that_exists(commands):
    wanted = {understood(process.argv[3:]) for process in portal({"TANDEM_BASE_URL": "http://127.0.0.1:1"})}
    started = [understood(words) for words in commands()]
    assert wanted == {"serve", "worker push", "worker bulk", "schedule"}
    assert set(started) - wanted <= {"doctor", "db upgrade"}
    assert wanted <= set(started)


def test_a_word_no_command_takes_is_noticed():
    with pytest.raises(click.UsageError):
        understood(["worker", "--queue", "other"])
    with pytest.raises(KeyError):
        understood(["work"])


def test_processes_get_time_to_end_what_is_under_way():
    waits = {name: unit(name)["TimeoutStopSec"] for name in UNITS if "Restart" in unit(name)}
    assert waits == {
        "tandem-web.service": ["30"],
        "tandem-worker@.service": ["60"],
        "tandem-schedule.service": ["30"],
    }
    assert unit("tandem-worker@.service")["KillMode"] == ["mixed"]
    assert {services()[name]["stop_grace_period"] for name in ("push", "bulk")} == {"60s"}


def test_units_read_their_settings_where_the_guide_has_them():
    assert {file for name in UNITS for file in unit(name)["EnvironmentFile"]} == {"/etc/tandem/env"}
    assert "/etc/tandem/env" in GUIDE


def test_the_sample_shows_every_setting_and_no_other():
    table = GUIDE.split("## Settings\n")[1].split("\n## ")[0]
    known = set(re.findall(r"`((?:TANDEM_|DATABASE_|REDIS_)[A-Z_]+)`", table)) - {*IN_NO_SAMPLE}
    shown = {name for name in sample() if not name.startswith("TANDEM_BOOKS_CLIENT_")}
    assert shown == known


def test_the_sample_can_be_what_it_is_once_its_secrets_are_filled_in():
    secrets = {name: ENVIRONMENT[name] for name in ("TANDEM_SECRET_KEY", "TANDEM_KEYS")}
    token, mail = {"TANDEM_METRICS_TOKEN": "x" * 24}, {"TANDEM_MAIL_PASSWORD": "x"}
    settings = Settings.from_environment(sample() | secrets | token | mail)
    assert settings.mail is not None
    defaults = Settings.from_environment({**ENVIRONMENT, "TANDEM_PROXIES": "1"})
    for name in ("poll_seconds", "calls_per_minute", "keep_runs_days", "keep_history_days", "proxies"):
        assert getattr(settings, name) == getattr(defaults, name), name
    assert (settings.log_format, settings.log_level) == (defaults.log_format, defaults.log_level)


def test_no_file_names_a_setting_that_does_not_exist():
    known = {*sample(), *IN_NO_SAMPLE, *NO_SETTING}
    for path in files():
        named = set(
            re.findall(r"\b(?:TANDEM_[A-Z_]*[A-Z]|DATABASE_URL|REDIS_URL)\b", path.read_text("utf-8"))
        )
        assert named <= known, path.name


def test_every_file_is_named_by_the_guide_and_its_own_list():
    listed = (DEPLOY / "README.md").read_text("utf-8")
    for path in files():
        name = path.relative_to(DEPLOY).as_posix()
        assert f"deploy/{name}" in GUIDE or name == "README.md", name
        assert f"`{name.split('/')[0]}" in listed or name == "README.md", name


def test_containers_keep_the_database_alone():
    kept = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    assert set(kept["volumes"]) == {"data"}
    assert kept["services"]["database"]["volumes"][0].startswith("data:")
    assert "noeviction" in kept["services"]["valkey"]["command"]
    assert all(each["read_only"] for each in services().values())


def test_every_alert_says_whom_to_wake_and_what_to_do():
    rules = yaml.safe_load((DEPLOY / "alerts.yaml").read_text("utf-8"))["groups"][0]["rules"]
    assert len({each["alert"] for each in rules}) == len(rules) > 10
    for each in rules:
        assert each["labels"]["severity"] in ("page", "ticket"), each["alert"]
        assert each["annotations"]["summary"] and each["annotations"]["do"], each["alert"]
        assert each["expr"].count("(") == each["expr"].count(")"), each["alert"]


def test_prometheus_is_told_of_the_rules_and_asks_the_one_address():
    told = yaml.safe_load((DEPLOY / "prometheus.yaml").read_text("utf-8"))
    assert told["rule_files"] == ["alerts.yaml"]
    assert [each["job_name"] for each in told["scrape_configs"]] == ["tandem"]
