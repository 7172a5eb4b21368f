"""Processes: started, forked, spoken to, ended. What runs in them is told by who starts them."""
