"""Tests of a whole Tandem: its processes, servers and a sandbox, started once for all of them."""
