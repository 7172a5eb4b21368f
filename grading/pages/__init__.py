"""Pages for people: feedback for each student, the report on the class, similar submissions."""
