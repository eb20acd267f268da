"""Keeps trial people out: nobody is written whose e-mail is at a domain that ``TANDEM_TRIAL_DOMAINS`` names.

``hooks`` is the door Tandem finds it by. Without the setting it answers no hook.
"""
