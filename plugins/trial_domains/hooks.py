"""The door Tandem finds the guard against trial domains by, and the guard itself."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from webapp.sdk import Value, Veto, Writing, hookimpl

SETTING = "TANDEM_TRIAL_DOMAINS"


class TrialDomains:
    """Refuses contacts whose e-mail is at some domains or below them, and tidies the domain of others."""

    def __init__(self, domains: Iterable[str]) -> None:
        self._domains = tuple(domain.casefold().strip(".@") for domain in domains)

    @hookimpl
    def tandem_before_write(self, writing: Writing) -> Veto | Mapping[str, Value] | None:
        """Refuse the e-mail of somebody who does not exist; a domain is written in lower case."""
        email = writing.values.get("email")
        if not isinstance(email, str) or "@" not in email:
            return None
        name, _, domain = email.rpartition("@")
        if self._is_trial(domain.casefold()):
            reason = f"Nobody is reached at {domain}: correct the e-mail, or delete the contact."
            return Veto(reason=reason, field="email")
        return {"email": f"{name}@{domain.lower()}"} if domain != domain.lower() else None

    def _is_trial(self, domain: str) -> bool:
        return any(domain == each or domain.endswith(f".{each}") for each in self._domains)


class Unset:
    """Stands for the guard where none is wanted."""


def guard(environment: Mapping[str, str]) -> TrialDomains | Unset:
    """Return the guard that an environment asks for."""
    domains = environment.get(SETTING, "").replace(",", " ").split()
    return TrialDomains(domains) if domains else Unset()


plugin = guard(os.environ)
