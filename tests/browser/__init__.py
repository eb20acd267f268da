"""Tests of the pages in Chromium, in front of a whole Tandem that is started once for all of them."""
