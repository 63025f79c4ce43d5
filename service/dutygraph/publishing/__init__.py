"""Publishing: what councils say of themselves, in graphs that each of them alone writes.

| module | what it does |
| --- | --- |
| `names` | which graph is which, and whom each is for |
| `tokens` | who may write: the councils' tokens |
| `ownership` | what a council's graph may say of whom |
| `public_view` | what the public reads: without the holders of posts below a tier |
| `naming` | finding a person's name in texts and identifiers |
| `preparing` | from what was sent to what is kept, in a worker |
| `history` | who published what, when and from what, in PROV-O |
| `publisher` | writes: publish, draft, undo, withdraw |
| `redrawing` | the public's view, drawn again when something else decides it |
"""
