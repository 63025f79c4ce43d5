"""The HTTP service: a thin edge around the pipeline, one module for each resource."""
