"""The addresses of many records."""

from __future__ import annotations

import uuid

from flask import Flask, url_for

from webapp.web.addresses import addresses


def test_each_address_is_what_flask_would_make():
    app = Flask(__name__)
    app.add_url_rule("/p/<uuid:record_id>/people", "people")
    with app.test_request_context(base_url="http://example.org/under"):
        address_of = addresses("people", "record_id", q="a b")
        for record_id in (uuid.UUID(int=0), uuid.UUID(int=2**128 - 1)):
            assert address_of(record_id) == url_for("people", record_id=record_id, q="a b")
