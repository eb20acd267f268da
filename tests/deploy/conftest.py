"""A Tandem as it is run for real: roles by the script, web processes by the command, nginx before them."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.conftest import with_path
from tests.outside.certificate import own_certificate
from tests.settings import ENVIRONMENT
from webapp.demo.run import answers, tandem
from webapp.embedded import EmbeddedPostgres
from webapp.embedded.folder import port_near
from webapp.embedded.programs import find_programs
from webapp.supervisor import Process, Supervisor

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")

AROUND = """
daemon off;
worker_processes 1;
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    include {mime};
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    # As Debian has it.
    gzip on;
    include {folder}/site.conf;
}}
"""
"""What a machine's own nginx.conf says around the sample."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a Tandem is behind its proxy, where it is itself, its environment, and the folder of all logs."""

    url: str
    plain_url: str
    behind: str
    certificate: Path
    environment: dict[str, str]
    folder: Path

    def log(self, name: str) -> str:
        """Return what a log says so far."""
        return (self.folder / name).read_text("utf-8", "replace")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Site]:
    """A Tandem of roles, schema, web processes and proxy, each made as the guide has it."""
    if NGINX is None:
        pytest.skip("there is no nginx here: apt-get install nginx-light")
    folder = tmp_path_factory.mktemp("site")
    places = {"DATABASE_URL": "", "REDIS_URL": redis_url, "TANDEM_PROXIES": "1"}
    http, https, web = (port_near(0) for _ in range(3))
    with EmbeddedPostgres(folder / "postgres", durable=False) as server, Supervisor(folder) as supervisor:
        owner, places["DATABASE_URL"] = made_by_the_script(bare(server))
        environment = ENVIRONMENT | places | {"TANDEM_BASE_URL": f"https://localhost:{https}"}
        migrate(environment, owner)
        behind = f"http://127.0.0.1:{web}"
        serving = tandem("serve", "--port", str(web), "--workers", "2")
        supervisor.start(Process("web", serving, os.environ | environment, answers(f"{behind}/healthz")))
        certificate = own_certificate(folder)
        configuration = configured(folder, certificate, http=http, https=https, web=web)
        proxy = [NGINX, "-e", str(folder / "error.log"), "-p", str(folder), "-c", str(configuration)]
        plain = f"http://127.0.0.1:{http}"
        supervisor.start(Process("nginx", proxy, os.environ, (folder / "nginx.pid").exists))
        yield Site(f"https://localhost:{https}", plain, behind, certificate, environment, folder)


def bare(server: EmbeddedPostgres) -> str:
    """Take out what the wheel's server has for Tandem; return its address as whoever runs it."""
    password = (server.folder / "password").read_text()
    place = urlsplit(server.owner_url).netloc.rpartition("@")[2]
    superuser = f"postgresql://postgres:{password}@{place}/postgres"
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("DROP DATABASE tandem")
        connection.execute("DROP ROLE tandem")
        connection.execute("DROP ROLE tandem_app")
    return superuser


def made_by_the_script(server_url: str, script: Path = DEPLOY / "roles.sql") -> tuple[str, str]:
    """Run the script as whoever an address names; return the addresses of the owner and the application."""
    passwords = {name: secrets.token_hex(8) for name in ("TANDEM_OWNER_PASSWORD", "TANDEM_APP_PASSWORD")}
    programs = find_programs(Path("none"))
    ran = subprocess.run(
        [programs.folder / "psql", "--no-psqlrc", "--file", script, server_url],
        env=os.environ | passwords,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    [database] = re.findall(r"CREATE DATABASE (\w+)", script.read_text("utf-8"))
    place = urlsplit(server_url).netloc.rpartition("@")[2]
    roles = zip((database, f"{database}_app"), passwords.values(), strict=True)
    owner, application = (
        with_path(f"postgresql://{role}:{password}@{place}", f"/{database}") for role, password in roles
    )
    return owner, application


def migrate(environment: dict[str, str], owner: str) -> None:
    """Bring the schema up to date, as the guide has it."""
    told = os.environ | environment | {"TANDEM_OWNER_DATABASE_URL": owner}
    ran = subprocess.run(tandem("db", "upgrade"), env=told, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr


def configured(folder: Path, certificate: Path, *, http: int, https: int, web: int) -> Path:
    """Write the sample with this machine's names, and what stands around it; return the file."""
    text = (DEPLOY / "nginx.conf").read_text("utf-8")
    for wanted, here in (
        ("listen 80;", f"listen 127.0.0.1:{http};"),
        ("listen 443 ssl", f"listen 127.0.0.1:{https} ssl"),
        ("portal.example.com;", "localhost;"),
        ("/etc/ssl/portal.example.com/fullchain.pem", str(certificate)),
        ("/etc/ssl/portal.example.com/key.pem", str(certificate)),
        ("127.0.0.1:5000", f"127.0.0.1:{web}"),
        ("/var/log/nginx", str(folder)),
    ):
        assert wanted in text, wanted
        text = text.replace(wanted, here)
    (folder / "site.conf").write_text(text)
    user = "user root;" if os.geteuid() == 0 else ""
    mime = "/etc/nginx/mime.types"
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, user=user, mime=mime))
    return folder / "nginx.conf"
