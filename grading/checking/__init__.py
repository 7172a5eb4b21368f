"""A student at the terminal: check, check again in a moment, watch."""
