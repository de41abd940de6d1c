"""Looking after an installation: set it up, back it up, restore it, check it, switch plugins on and off.

Interfaces call this; it asks nobody anything and prints nothing.
"""
