"""Harbour as a provider of Tandem: an example, for a system that does not exist.

``hooks`` announces it, ``provider`` describes it, ``oauth`` lets a person in; ``directory`` reads and writes
customers, through ``client``, in the words of ``mapping``. ``contract`` are its standard tests, in front of a
small Harbour: ``fake`` answers, ``books`` keeps.
"""
