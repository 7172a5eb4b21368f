"""Tools for those who change the kit; no command of a student or an instructor needs them."""
