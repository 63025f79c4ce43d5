"""Signatures of graphs: W3C Data Integrity with the cryptosuite eddsa-rdfc-2022.

| module | what it does |
| --- | --- |
| `multibase` | writes keys and signatures as text |
| `ed25519` | signs bytes and verifies them; the one home of the cryptography |
| `keys` | says what a public key is, and when it is right |
| `integrity` | makes and checks a proof over any graph |
| `versions` | makes and checks the proof of one version of a council's graph |
| `endorsing` | lets a key that is trusted vouch for a newer one |
| `keyring` | keeps a council's keys beside the store |
"""
