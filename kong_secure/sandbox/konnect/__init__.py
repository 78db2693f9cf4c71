"""Konnect's API as its specification says it: control planes and their core entities, strict and persistent.

`store` holds what exists, `entities` what each kind of thing may look like, `rules` what must hold between
them, `app` the HTTP side. The data plane that acts on this configuration, and the listeners that serve it,
don't live here.
"""
