"""The real model on this computer, and the app beside it."""
