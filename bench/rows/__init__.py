"""One package per kind of work: its rows here, its endpoints in `bare.py` and `usual.py`."""
