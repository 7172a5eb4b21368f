"""0 of 10: nothing yet."""

# TODO 9: Write your own tests.
