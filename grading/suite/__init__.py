"""What the tests in tests/ are written with: fixtures, assertions, results."""
