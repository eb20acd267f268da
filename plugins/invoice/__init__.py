"""Zoho Invoice as a provider: ``provider`` says what is particular to it, ``hooks`` announces it."""
