"""What is known of a submission: the steps, the result, and how a failure is told."""
