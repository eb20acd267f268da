"""A journal of runs: a line of JSON for each that ended, in the file that ``TANDEM_RUN_JOURNAL`` names.

``hooks`` is the door Tandem finds it by. Without the setting it answers no hook.
"""
