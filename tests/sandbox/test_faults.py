"""Faults on demand."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.sandbox.conftest import Zoho


def names(zoho: Zoho) -> list[str]:
    """Return the names of all contacts."""
    return [contact["contact_name"] for contact in zoho.contacts()]


def test_answers_with_a_status_and_code_so_many_times_after_so_many_calls(zoho: Zoho) -> None:
    zoho.fault(path="/contacts", status=429, code=44, message="Too many.", skip=1, times=2)
    codes = [zoho.call("GET", "/contacts").json()["code"] for _ in range(4)]
    assert codes == [0, 44, 44, 0]


def test_hits_only_calls_that_match_path_and_method(zoho: Zoho) -> None:
    zoho.fault(path=r"/contacts/\d+$", method="PUT", status=500)
    contact = zoho.create("Acme")
    path = f"/contacts/{contact['contact_id']}"
    assert zoho.call("GET", path).status_code == 200
    assert zoho.refusal("PUT", path, json={"notes": "x"}) == (500, 1000, "Internal error")
    assert zoho.get(path)["contact"]["notes"] == ""


def test_sends_a_page_or_broken_json_instead(zoho: Zoho) -> None:
    zoho.fault(status=502, body="<html>Bad Gateway</html>")
    zoho.fault(body='{"code": 0, "contacts": [')
    page = zoho.call("GET", "/contacts")
    assert (page.status_code, page.headers["Content-Type"]) == (502, "text/html")
    broken = requests.get(f"{zoho.url}/books/v3/contacts", timeout=10)
    with pytest.raises(requests.JSONDecodeError):
        broken.json()


def test_sends_an_error_inside_a_200(zoho: Zoho) -> None:
    zoho.fault(status=200, body={"code": 57, "message": "You are not authorized to perform this operation"})
    response = requests.get(f"{zoho.url}/books/v3/contacts", timeout=10)
    assert (response.status_code, response.json()["code"]) == (200, 57)


def test_adds_headers(zoho: Zoho) -> None:
    zoho.fault(status=429, code=43, headers={"Retry-After": "7"})
    assert zoho.call("GET", "/contacts").headers["Retry-After"] == "7"


def test_a_delay_longer_than_the_patience_loses_the_answer_but_not_the_effect(zoho: Zoho) -> None:
    zoho.fault(method="POST", delay_ms=300)
    url = f"{zoho.url}/books/v3/contacts?organization_id={zoho.organization_id}"
    with pytest.raises(requests.ReadTimeout):
        zoho.session.post(url, json={"contact_name": "Acme"}, timeout=0.1)
    assert names(zoho) == ["Acme"]


def test_cuts_the_connection_before_the_work(zoho: Zoho) -> None:
    zoho.fault(method="POST", cut="before")
    with pytest.raises(requests.ConnectionError):
        zoho.create("Acme")
    assert names(zoho) == []
    assert [call["status"] for call in zoho.log()] == [0, 200]


def test_cuts_the_connection_after_the_work(zoho: Zoho) -> None:
    zoho.fault(method="POST", cut="before", after_effect=True)
    with pytest.raises(requests.ConnectionError):
        zoho.create("Acme")
    assert names(zoho) == ["Acme"]


def test_cuts_an_answer_in_the_middle(zoho: Zoho) -> None:
    zoho.create("Acme")
    zoho.fault(method="GET", cut="middle")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        zoho.contacts()
    assert names(zoho) == ["Acme"]


def test_gives_an_error_after_the_work(zoho: Zoho) -> None:
    zoho.fault(method="POST", status=500, after_effect=True)
    assert zoho.call("POST", "/contacts", json={"contact_name": "Acme"}).status_code == 500
    assert names(zoho) == ["Acme"]


def test_hits_the_accounts_server_too(zoho: Zoho) -> None:
    zoho.fault(path="/oauth/v2/token", status=503)
    assert requests.post(f"{zoho.url}/oauth/v2/token", timeout=10).status_code == 503


def test_never_hits_the_control_side(zoho: Zoho) -> None:
    zoho.fault(status=500, times=5)
    assert zoho.control("GET", "faults").json()[0]["times"] == 5


def test_waiting_faults_are_listed_and_dropped(zoho: Zoho) -> None:
    zoho.fault(path="/a", status=500)
    zoho.fault(path="/b", status=500)
    assert [fault["path"] for fault in zoho.control("GET", "faults").json()] == ["/a", "/b"]
    assert zoho.control("DELETE", "faults").json() == []
    assert zoho.control("GET", "faults").json() == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"pth": "/"}, "A fault has no pth"),
        ({"path": "("}, "path is no pattern"),
        ({"cut": "soon"}, "cut is"),
        ({"times": "3"}, "times is int"),
        ({"number": 3}, "A fault has no number"),
    ],
)
def test_refuses_a_fault_it_does_not_understand(zoho: Zoho, fault: Any, words: str) -> None:
    response = zoho.control("POST", "faults", json=fault)
    assert response.status_code == 400
    assert words in response.json()["error"]


def test_hits_only_calls_whose_query_matches(zoho: Zoho) -> None:
    zoho.fault(path="/contacts$", query=r"\bpage=2\b", status=500)
    assert zoho.call("GET", "/contacts", params={"page": "1"}).status_code == 200
    assert zoho.call("GET", "/contacts", params={"page": "2"}).status_code == 500


def test_sends_half_of_the_json_as_if_it_was_all(zoho: Zoho) -> None:
    zoho.create("Acme")
    whole = requests.get(f"{zoho.url}/books/v3/contacts", headers=zoho.session.headers, timeout=10)
    zoho.fault(method="GET", cut="json")
    half = requests.get(f"{zoho.url}/books/v3/contacts", headers=zoho.session.headers, timeout=10)
    assert half.content == whole.content[: len(whole.content) // 2]


def test_leaves_out_rows_without_saying_so(zoho: Zoho) -> None:
    for number in range(4):
        zoho.create(f"Acme {number}")
    zoho.fault(short=1)
    page = zoho.get("/contacts", page="1", per_page="3")
    assert len(page["contacts"]) == 2
    assert page["page_context"]["has_more_page"]


def test_sends_each_byte_by_itself(zoho: Zoho) -> None:
    zoho.fault(method="GET", drip_ms=100)
    url = f"{zoho.url}/books/v3/contacts?organization_id={zoho.organization_id}"
    with zoho.session.get(url, timeout=10, stream=True) as response:
        assert response.raw.read(1) == b"{"


def test_resets_the_connection_before_the_work(zoho: Zoho) -> None:
    zoho.fault(method="POST", cut="reset")
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        zoho.create("Acme")
    assert names(zoho) == []


def test_does_an_edit_right_before_the_call(zoho: Zoho) -> None:
    contact = zoho.create("Acme")
    zoho.fault(edit={"action": "delete_contact", "contact_id": contact["contact_id"]})
    assert zoho.refusal("GET", f"/contacts/{contact['contact_id']}")[1] == 1002


def test_takes_no_connection_for_a_while_after_an_answer(zoho: Zoho) -> None:
    zoho.create("Acme")
    zoho.fault(method="GET", refuse_ms=200)
    assert names(zoho) == ["Acme"]
    with pytest.raises(requests.ConnectionError, match="refused"):
        names(zoho)


def test_takes_connections_again_when_an_outage_is_over(start: Any) -> None:
    server = start()
    zoho = Zoho(server.url)
    zoho.fault(refuse_ms=60_000)
    assert names(zoho) == []
    server.state.outage.end()
    assert names(zoho) == []


def test_ends_every_token_after_a_call(zoho: Zoho) -> None:
    zoho.fault(revoke=True)
    assert names(zoho) == []
    assert zoho.refusal("GET", "/contacts")[0] == 401
