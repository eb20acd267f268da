"""How names, e-mails and phones are compared, searched and sorted."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import (
    SUPPORTED_REGIONS,
    PhoneNumberFormat,
    PhoneNumberType,
    example_number_for_type,
    format_number,
)

from webapp.sync.normal import (
    email_key,
    email_valid,
    name_key,
    phone_key,
    phone_spellings,
    search_key,
    sort_key,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada Ltd", "ada  LTD "),
        ("Straße", "STRASSE"),
        ("ﬁne", "fine"),
        ("Ａｄａ", "Ada"),
        ("Zoë", "Zoe\u0308"),
        ("Ada\u00a0Ltd", "Ada Ltd"),
    ],
)
def test_takes_these_for_the_same_name(one, other):
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(("one", "other"), [("Zoë", "Zoe"), ("Ada", "Ada Ltd"), ("Ada, Ltd", "Ada Ltd")])
def test_takes_these_for_different_names(one, other):
    assert name_key(one) != name_key(other)


def test_compares_emails_without_case_and_space():
    assert email_key(" Ada@X.Example ") == email_key("ada@x.example")
    assert email_key(None) == ""


@pytest.mark.parametrize(
    "phone", ["555-0199", "(555) 0199", "5550199", "555.0199", "５５５０１９９", "٥٥٥٠١٩٩"]
)
def test_finds_the_same_digits_in_every_spelling_of_a_phone(phone):
    assert phone_key(phone) == "5550199"


@pytest.mark.parametrize(
    "written", ["+49 171 2345678", "0049 171 2345678", "+49 (0)171 2345678", "0171/2345678"]
)
@pytest.mark.parametrize("typed", ["0171 2345678", "171-2345678", "2345678"])
def test_finds_a_national_number_in_the_international_one(written, typed):
    assert phone_key(typed) in phone_key(written)


def test_finds_no_digits_where_there_is_no_phone():
    assert phone_key(None) == phone_key("") == phone_key("none") == ""


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("soren", "Søren"),
        ("aether", "Æther"),
        ("strasse", "STRAßE"),
        ("lodz", "Łódź"),
        ("djordje", "Djordje"),
        ("dorde", "Đorđe"),
        ("istanbul", "İstanbul"),
        ("isik", "Işık"),
        ("zoe", "Zoë"),
        ("nguyen", "Nguyễn"),
        ("αθηνα", "Αθήνα"),
        ("й", "Й"),
        ("株式会社", ["㈱", "株式会社"][1]),
        ("한국", "한국"),
        ("abc", "ＡＢＣ"),
        ("शर्मा", "शर्मा"),
        ("ガス", "ｶﾞｽ"),
        ("a b", " A \t B "),
    ],
)
def test_searches_without_accents_case_and_space(typed, text):
    assert search_key(typed) == search_key(text)


def test_keeps_marks_apart_that_carry_meaning():
    assert search_key("カ") != search_key("ガ")
    assert search_key("कि") != search_key("क")


@given(st.text())
def test_leaves_a_key_as_it_is(text):
    assert name_key(name_key(text)) == name_key(text)
    assert search_key(search_key(text)) == search_key(text)
    assert phone_key(phone_key(text)) == phone_key(text)


@given(st.text(), st.text())
def test_finds_every_text_by_itself_in_any_case(before, text):
    assert search_key(text.upper().lower()) == search_key(search_key(text.upper().lower()))
    assert phone_key(f"{text}") == phone_key(text)


def test_sorts_as_people_expect_byte_by_byte():
    names = ["Zoe", "émile", "Emil", "Émile", "ada", "Ada", "Øre", "Osten"]
    ordered = sorted(names, key=lambda name: sort_key(name).encode())
    assert ordered == ["Ada", "ada", "Emil", "Émile", "émile", "Øre", "Osten", "Zoe"]


@given(st.text(), st.text())
def test_gives_equal_sort_keys_only_to_texts_that_look_equal(one, other):
    if sort_key(one) == sort_key(other):
        assert search_key(one) == search_key(other)


@pytest.mark.parametrize(
    "email",
    ["ada@x.example", "a.b+c@x-y.example", "ädä@müller.example", "o'neil@x.example", "ada@例え.テスト"],
)
def test_takes_these_for_emails(email):
    assert email_valid(email)


@pytest.mark.parametrize(
    "email",
    ["", "ada", "ada@", "@x.example", "ada@x", "a b@x.example", "a@b@x.example", ".a@x.example",
     "a..b@x.example", "ada@-x.example", "ada@x..example", "ada@x.example\n", "a" * 65 + "@x.example"],
)  # fmt: skip
def test_takes_these_for_no_emails(email):
    assert not email_valid(email)


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_takes_plain_texts_as_it_takes_them_among_others(text):
    assert name_key(f"{text} ö") == f"{name_key(text)} ö".strip()
    assert search_key(f"{text} ö") == f"{search_key(text)} o".strip()
    assert phone_key(f"1{text}\u0661") == f"{phone_key('1' + text)}1"


def test_finds_numbers_of_every_country_as_they_are_written_there_and_from_abroad():
    kinds = (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE)
    numbers = [
        (region, example_number_for_type(region, kind)) for region in SUPPORTED_REGIONS for kind in kinds
    ]
    known = [(region, number) for region, number in numbers if number]
    assert len(known) > 400
    assert {region for region, number in known if not found_as_written(number)} == set()


def found_as_written(number):
    """Tell whether each spelling of a number is found in the international one, and by that one."""
    national = format_number(number, PhoneNumberFormat.NATIONAL)
    abroad = format_number(number, PhoneNumberFormat.INTERNATIONAL)
    assert phone_key(abroad) == phone_key(format_number(number, PhoneNumberFormat.E164))
    return any(key in phone_key(abroad) for key in phone_spellings(national))


@pytest.mark.parametrize(
    ("kept", "asked"),
    [
        ("8 (495) 123-45-67", "+7 495 123 45 67"),
        ("+375 29 491-19-11", "8 029 491 19 11"),
        ("8 029 491 19 11", "+375 29 4911911"),
        ("011 15-2345-6789", "+54 9 11 2345-6789"),
        ("+54 9 2966 34-5678", "02966 15-345678"),
    ],
)
def test_finds_a_number_kept_one_way_by_the_other_way(kept, asked):
    assert any(key in phone_key(kept) for key in phone_spellings(asked))


@given(st.text(min_size=1), st.text(min_size=1))
def test_never_takes_two_addresses_for_one_that_differ_in_more_than_case_width_and_space(one, other):
    if email_key(one) == email_key(other):
        assert "".join(name_key(one).split()) == "".join(name_key(other).split())


SCRIPTS = ["Łukasz Żółć", "Ελένη Παπαδοπούλου", "Юлия Щукина", "محمد علي", "אברהם לוי", "山田 太郎", "김민준",
           "नरेन्द्र शर्मा", "ประยุทธ์ จันทร์", "Nguyễn Văn Ánh", "İpek Işık", "Ǆemal", "ŒUVRE", "ﬀ ﬁ"]  # fmt: skip


@pytest.mark.parametrize("name", SCRIPTS)
def test_names_of_every_script_are_found_by_each_of_their_spellings(name):
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        spelt = unicodedata.normalize(form, name)
        assert name_key(f"  {spelt} ") == name_key(name)
        assert all(search_key(word) in search_key(name) for word in spelt.split())
