"""The data of grading: the steps, a failure, a result, what it depends on, and how it is shown."""
