"""Subscribing to what partner councils publish: fetched, checked, and kept as they said it.

| module | what it does |
| --- | --- |
| `sources` | says where a partner's graph, its proofs and its keys are |
| `provenance` | says where a copy comes from and what was checked, in PROV-O |
| `receiving` | fetches and checks, and changes nothing |
| `differences` | counts what changed between two states of a graph |
| `subscriptions` | keeps, renews and ends the copies |
"""
