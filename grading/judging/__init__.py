"""Judge's side. Judges: pytest runs the suite on one program, and the grader believes only what it can check."""
