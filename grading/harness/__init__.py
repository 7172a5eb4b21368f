"""pytest's side of any assignment: options, results of tests, reports of broken contracts, what a judge sets."""
