"""The tests; they share code as `tests.<module>`."""
