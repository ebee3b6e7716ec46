"""Downbeat.

What is imported stays for as long as the process lives. With Python's own threshold the collector would look through
all of it time and again while there is nothing to collect yet: a quarter of the time that a process takes to start.
"""

import gc

gc.set_threshold(20_000, 20, 50)
