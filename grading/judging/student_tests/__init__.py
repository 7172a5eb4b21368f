"""Both sides. Step 9: a student's own tests, run on programs whose truth is known."""
