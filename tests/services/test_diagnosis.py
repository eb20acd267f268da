"""A diagnosis tells every setting, of secrets and addresses only what kind they are."""

from __future__ import annotations

from dataclasses import fields

from tests.settings import ENVIRONMENT, make_settings
from webapp.config import Settings
from webapp.services.diagnosis import told_settings


def test_every_setting_is_told_one_way_or_the_other():
    told = told_settings(make_settings())
    assert set(told) == {each.name for each in fields(Settings)}
    assert told["redis_url"] == "redis, this machine"
    assert ENVIRONMENT["TANDEM_SECRET_KEY"] not in str(told)
    assert told["keys"] == 1
