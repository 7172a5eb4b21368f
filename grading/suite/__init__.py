"""The pytest plugin of tests/: options, fixtures, assertions, results."""
