"""Whoever was erased here is told of by no reading, and everybody else is."""

from dataclasses import replace

import pytest

from webapp.sdk import ContactData, CustomerData
from webapp.sdk.testing import DirectoryContract, MemoryDirectory
from webapp.services.kept_out import WithoutErased

AL, BO = ContactData(first_name="Al"), ContactData(first_name="Bo")


class TestWithNobodyErased(DirectoryContract):
    @pytest.fixture
    def directory(self):
        return WithoutErased(MemoryDirectory(), frozenset(), frozenset())


class WithPrimary(MemoryDirectory):
    """Names the primary person in lists, as providers do."""

    def changed(self, cursor):
        page = super().changed(cursor)
        return replace(page, customers=tuple(replace(each, primary=AL) for each in page.customers))


def test_an_erased_person_is_in_no_reading_and_the_others_are():
    theirs = WithPrimary()
    arc, bee = (theirs.create_customer(CustomerData(name=name)).id for name in ("Arc", "Bee"))
    al, bo = (theirs.create_contact(arc, each).id for each in (AL, BO))
    directory = WithoutErased(theirs, frozenset({al}), frozenset({arc}))
    assert [each.id for each in directory.customer(arc).contacts] == [bo]
    assert [each.id for each in directory.contact_census(None).contacts] == [bo]
    assert {each.id: each.primary for each in directory.changed("0").customers} == {arc: None, bee: AL}
