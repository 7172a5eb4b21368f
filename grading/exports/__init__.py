"""Write for other systems: one module per format, with functions from results to text or bytes.

Gradescope, Classroom 50 and JUnit get results. Canvas and Moodle get their own exported file back, with one column
filled. `bundle_*` make the autograders that Gradescope, Classroom 50 and GitHub Actions run; `release` makes what
students receive. `schemas/` has the schema of each format, with its source.
"""
