"""Parts of the simulated brightfield screen (`screens/brightfield.py`)."""
