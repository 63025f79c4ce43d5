"""What changed since when: versions published here, and partners' graphs that were received.

| module | what it does |
| --- | --- |
| `entries` | says what an entry is and where it stands |
| `changes` | finds them in the store, and what each changed |
| `forms` | writes them as ActivityStreams, in RDF and as Atom |
"""
