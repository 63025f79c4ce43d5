"""Fetching from partners: the only way in which this service calls out.

| module | what it does |
| --- | --- |
| `partners` | says which hosts may be asked, from the setting |
| `addresses` | says which network addresses may be connected to |
| `fetching` | asks, within bounds of time and size, and follows few redirects |
"""
