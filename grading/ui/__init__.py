"""`grade ui`: the ladder, the current message, hints, and one's own endpoint, as a page on this computer."""
