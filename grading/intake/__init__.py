"""A submission becomes a private, sound copy. Nothing of it is run."""
