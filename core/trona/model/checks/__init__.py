"""The checks of a composed model, which refuse or warn."""
