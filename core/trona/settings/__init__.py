"""The sections of a deck that say how to run it: each read once, as one typed object."""
