"""A portal with two connections, and customers that are linked to both."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

from tests.import_world import ImportWorld
from tests.mirror_world import MAIN, SECOND, MemoryProvider, Place
from tests.services.synced import ANNA, BO, SyncWorld
from webapp.extensions import db
from webapp.sdk import ContactData, Value
from webapp.sdk.testing import MemoryDirectory

CY = ContactData(first_name="Cy", last_name="Dahl", email="cy@arc.example")
PEOPLE = (ANNA, BO)
MOST_ROUNDS = 12
Keeps = Callable[[str, Value], Value]


@dataclass
class TwoLinks:
    """Two sync worlds on one portal: what either provider is told may have to travel to the other."""

    one: SyncWorld
    two: SyncWorld

    @classmethod
    def new(cls, one: MemoryProvider, two: MemoryProvider, keeps: Keeps = lambda name, value: value) -> Self:
        """Make a portal of its own, connected to an organization at each of two providers.

        ``keeps`` is what becomes of values written at the second.
        """
        place, worlds = Place.new(), []
        one.directory = MemoryDirectory(prefix="L", parents_follow=True)
        two.directory = MemoryDirectory(prefix="P", parents_follow=True, keeps=keeps)
        for provider, organization in ((one, MAIN), (two, SECOND)):
            provider.organizations = [MAIN, SECOND]
            connection_id = place.connect(provider.name, organization_id=organization.id)
            worlds.append(SyncWorld(ImportWorld(place, connection_id, provider.directory)))
            # An empty listing is a fault: somebody is there who is never imported.
            worlds[-1].imports.there("Bystander", CY)
        return cls(*worlds)

    @property
    def portal_id(self) -> uuid.UUID:
        return self.one.portal_id

    @property
    def user_id(self) -> uuid.UUID:
        return self.one.imports.place.user_id

    @property
    def both(self) -> tuple[SyncWorld, SyncWorld]:
        return self.one, self.two

    def linked(self, name: str = "Arc", differing: Mapping[str, str] | None = None, **fields: str):
        """Import a customer from one provider and merge it with the other's; return its three ids.

        ``differing`` is what the second holds beyond the fields of both.
        """
        [(our_id, at_one)] = self.one.linked(name, people=PEOPLE, **fields)
        imports = self.two.imports
        at_two = imports.there(name, *PEOPLE, **fields, **(differing or {}))
        imports.mirror()
        imports.carry_out(imports.confirmed([at_two], "merge"))
        self.settle()
        for world in self.both:
            world.theirs.calls.clear()
        return our_id, at_one, at_two

    def settle(self, *, census: bool = False) -> int:
        """Look at both until neither writes nor has anything due; return how many rounds wrote.

        With ``census`` everything is read, which alone tells of customers that are gone.
        """
        for rounds in range(MOST_ROUNDS):
            before = self._state()
            for world in self.both:
                world.census() if census else world.poll()
            if self._state() == before:
                return rounds
        raise AssertionError("the two connections do not come to rest")

    def written(self) -> list[str]:
        """Name the writing calls that were made to either provider."""
        return [*self.one.written(), *self.two.written()]

    def _state(self) -> object:
        db.session.rollback()
        return (
            [len(world.written()) for world in self.both],
            [world.due() for world in self.both],
            [entry.id for entry in self.one.imports.history()],
        )
