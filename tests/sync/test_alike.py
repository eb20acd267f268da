"""Which names are taken for one and the same, how surely, and that those are found among many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sync.company_variants import Names
from tests.sync.finding import Found, curve, find
from webapp.sync import alike

HELD_OUT = (7001, 7002)
"""Seeds that nothing was tuned with; ``make bench`` takes others again."""


def by_name(name):
    return alike.traits([name], [], [])


@pytest.fixture(scope="module", params=HELD_OUT)
def found(request) -> list[Found]:
    names = Names(request.param)
    companies = names.population(3_000)
    return find([company.name() for company in companies], names.written(companies, 900, 900))


def test_suggests_the_right_one_and_no_stranger(found, capsys):
    told = curve(found)
    with capsys.disabled():
        print("\n" + "\n".join(f"from {at:.2f}: precision {p:.3f}, recall {r:.3f}" for at, p, r in told))
    _, precision, recall = next(each for each in told if each[0] == alike.ENOUGH)
    assert precision >= 0.95
    assert recall >= 0.80


def test_every_way_of_writing_is_found_mostly(found):
    ways = {each.asked.how for each in found if each.asked.of is not None}
    assert len(ways) == 8
    for way in ways:
        of_way = [each for each in found if each.asked.how == way]
        right = sum(each.right and each.score >= alike.ENOUGH for each in of_way)
        assert right / len(of_way) >= (0.7 if " and " in way else 0.8), way


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Brückner GmbH & Co. KG", "BRUECKNER G.m.b.H."),
        ("Acme S.p.A.", "ACME SpA"),
        ("Nordwind Logistics Ltd", "Nordwind Logistik Limited"),
        ("Smith & Sons Bros.", "Smith and Sons Brothers, Inc."),
        ("ООО Ромашка", "Romashka LLC"),
        ("Kuznetsov, Ivan", "Ivan Kuznetsov"),
        ("Intl. Paper Systems", "International Paper System"),
        ("Soft Ware House Oy", "Software House"),
        ("Fabryka Łódź Sp. z o.o.", "Fabryka Lodz sp zoo"),
        ("Müller Maschinenbau", "Mueller Maschinnenbau"),
    ],
)
def test_takes_two_spellings_for_one(one, other):
    assert alike.alike(one, other) >= alike.ENOUGH
    assert set(alike.keys(by_name(one))) & set(alike.keys(by_name(other)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller Consulting", "Müller Bakery"),
        ("Store 12 Ltd", "Store 13 Ltd"),
        ("Fund II LP", "Fund III LP"),
        ("Hansen Marine", "Jansen Marine"),
        ("Alpha Consulting GmbH", "Beta Consulting GmbH"),
        ("A & B Foods", "C & D Foods"),
        ("GmbH", "AG"),
    ],
)
def test_keeps_different_ones_apart(one, other):
    assert alike.alike(one, other) < alike.ENOUGH


def test_a_domain_or_a_phone_is_evidence_unless_anybody_may_have_it():
    one = alike.traits(["Alpha"], ["Anna@Arc.example", "a@gmail.com"], ["+49 30 5550199"])
    other = alike.traits(["Omega"], ["bo@arc.example", "b@gmail.com"], ["(030) 555-0199"])
    seen = alike.evidence(one, other)
    assert (seen.domain, seen.phone, seen.enough) == ("arc.example", "305550199", True)
    assert set(alike.keys(one)) & set(alike.keys(other))
    mail = [alike.traits([name], ["x@gmail.com"], []) for name in ("Alpha", "Omega")]
    assert not alike.evidence(*mail).enough


@given(st.text(max_size=60), st.text(max_size=60))
def test_is_the_same_both_ways_and_within_bounds(one, other):
    assert 0 <= alike.alike(one, other) <= 1
    assert alike.alike(one, other) == pytest.approx(alike.alike(other, one), abs=0.2)
    assert all(-(2**63) <= key < 2**63 for key in alike.keys(by_name(one)))


@given(st.text(min_size=1, max_size=60))
def test_a_name_is_like_itself(name):
    assert alike.alike(name, name) in (0.0, 1.0)
    assert alike.keys(by_name(name)) == alike.keys(by_name(name))
