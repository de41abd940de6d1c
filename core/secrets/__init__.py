"""Secrets at rest: what the program must be able to read again, such as the password of a mail server.

Passwords of people and tokens are not kept here but hashed, since nobody needs to read them again. A secret is sealed
under a key that lies outside of the database; what stands in the database is of no use without it. Sealed values are
never shown, exported, audited or logged: code that needs one opens it where it is used, and nowhere else.
"""

from .keys import KEY_FILE, KeyRing, new_key
from .sealed import Sealed
from .vault import Vault

__all__ = ["KEY_FILE", "KeyRing", "Sealed", "Vault", "new_key"]
