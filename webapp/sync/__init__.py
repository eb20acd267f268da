"""How two directories are made to agree: values in, a plan out, and one thin step that carries it out.

The flow, as a pipe, for one customer and its contacts::

    records + links | pair | merge | plan | brake | apply(ours, theirs, ledger) | links with new shadows

Reading order:

- ``normal``  how names, e-mails and phones are compared, searched and sorted
- ``alike``   which customers may be the same, by ``company_names`` taken apart and ``company_words``
- ``link``    one record here and its twin there, with what each side held when both last agreed
- ``pair``    which contact here is which contact there
- ``merge``   three states, field by field: who changed what, and who wins
- ``shared``  the custom fields that count, and which side leads those that go one way
- ``steps``   what a plan is made of
- ``terms``   who wins, which fields count, and what a side can hold
- ``draft``   a plan while it is made
- ``people``  the plan for the contacts of one customer
- ``plan``    the plan of an import, and of a sync
- ``brake``   when a pass would delete or blank too much
- ``ledger``  what carrying out a plan asks of those who commit
- ``apply``   carries a plan out: ``outward`` (theirs) before ``inward`` (ours), noting its ``progress``,
              and stopping where a record ``moved`` since it was planned
- ``agree``   one linked customer brought to agreement, by all of the above: what a pass repeats
- ``recover`` what became of a write that may have been sent before a crash
- ``decided`` what a person decided, as links that the next pass starts from

No framework, no database, no clock in here: all but ``agree`` and ``apply`` are functions on values.
"""
