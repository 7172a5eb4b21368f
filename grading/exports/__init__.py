"""Write for other systems: one module per format, with functions from results to text or bytes.

Gradescope, Classroom 50 and JUnit get results. Canvas, Moodle, Brightspace and Blackboard get their own exported file
back, with one column filled, and feedback in zips for bulk upload. `bundle_*` make the autograders that
Gradescope, Classroom 50 and GitHub Actions run; `release` makes what students receive. `schemas/` has the schema of
each format, with its source.
"""
