"""Mutation of facts: every passing example and document is damaged, and exactly the rules that rest on the
damaged fact must change their outcome. `make mutate` runs it and keeps the score in the repository.
"""
