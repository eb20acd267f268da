"""What a search found is shown in the text it stands in."""

import pytest

from webapp.web.marking import marked


@pytest.mark.parametrize(
    ("text", "q", "shown"),
    [
        ("Nordlicht GmbH", "licht", "Nord<mark>licht</mark> GmbH"),
        ("Møller & Co", "moller", "<mark>Møller</mark> &amp; Co"),
        ("a<b>", "b", "a&lt;<mark>b</mark>&gt;"),
        ("<b>", "nobody", "&lt;b&gt;"),
        ("Straße", "strasse", "<mark>Straße</mark>"),
        ("anan", "an na", "<mark>anan</mark>"),
        ("東京商事", "京商", "東<mark>京商</mark>事"),
        ("one two", "two one", "<mark>one</mark> <mark>two</mark>"),
        ("", "x", ""),
        (None, "x", ""),
        ("Anna", "", "Anna"),
    ],
)
def test_marks_every_word_of_a_search_and_escapes_the_rest(text, q, shown):
    assert marked(text, q) == shown
