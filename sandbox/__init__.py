"""A small working Zoho to practise on: accounts, Books and Invoice over HTTP, with faults on demand.

Reading order:

    records      what is kept: organizations, currencies, contacts, persons
    register     one organization's records with their indexes
    settings     the switches; state: everything a running sandbox knows
    sample/      the data it starts with, from a seed
    validation, desk, contact_edits, person_edits     Zoho's rules for changes
    listing, shapes, fixed_fields, person_shapes, errors      what answers look like
    tokens, limits, calls, faults, outage             OAuth, limits, the log, faults
    webhooks                                          telling somebody of each change
    door         token, scope, organization and limits of each call
    accounts, organizations, contacts, persons, addresses, comments     the calls themselves
    hand_edits, control, page, webhook_page           /_sandbox/: the side Zoho does not have
    snapshot, keeping                                 what is kept in a file from one start to the next
    trouble, app, server, command                     putting it together and serving it

It imports nothing of the portal or its plugins. Zoho's words are used here: a *contact* is a customer or
vendor, a *contact person* one of its people.
"""
