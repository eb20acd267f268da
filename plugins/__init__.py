"""The provider plugins that come with Tandem; they know ``webapp.sdk`` and nothing else of it.

``zoho`` is what Zoho's finance products share and declares no hook; ``books`` is Zoho Books, ``invoice`` is
Zoho Invoice.
"""
