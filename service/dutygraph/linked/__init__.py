"""Linked data: what is known of each identifier, as a page and as RDF, and the whole as dumps."""
