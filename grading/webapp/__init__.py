"""Both sides. The web application under test: loaded, run and called, in this process or in another."""
