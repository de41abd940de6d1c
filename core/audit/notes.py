"""Signed notes as the C2SP specifications `signed-note` and `tlog-checkpoint` define them, with Ed25519.

A note is text, an empty line and signature lines. A signature names its key and gives four bytes that identify it, so
that a verifier knows which of its keys to try. Anybody can check one with the verifier key and a few lines of code.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519: Final = b"\x01"
SIGNATURE: Final = "— "
_NAME: Final = re.compile(r"[^\s+]+")


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key: ``name`` says whose, ``public`` are its 32 bytes."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes that identify the key in a signature line."""
        return _key_id(self.name, self.public)

    def __str__(self) -> str:
        """Return the verifier key as one word, to be given to those who check."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """Return the key that ``str()`` wrote; raises :class:`ValueError` when it is none."""
        name, public = _parse_key(text.strip())
        Ed25519PublicKey.from_public_bytes(public)
        return cls(name, public)

    def accepts(self, text: str, signature: bytes) -> bool:
        """Tell whether ``signature`` over ``text`` is by this key."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """A private key with its name; ``seed`` are its 32 bytes. It is never shown by ``repr``."""

    name: str
    seed: bytes

    @classmethod
    def generate(cls, name: str) -> Signer:
        """Return a new key called ``name``, without spaces and plus signs."""
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} cannot be the name of a key.")
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @property
    def verifier(self) -> Verifier:
        """The public key."""
        return Verifier(self.name, Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw())

    def to_text(self) -> str:
        """Return the key as one word, to be kept secret."""
        seed = base64.b64encode(ED25519 + self.seed).decode()
        return f"PRIVATE+KEY+{self.name}+{self.verifier.id.hex()}+{seed}"

    @classmethod
    def parse(cls, text: str) -> Signer:
        """Return the key that :meth:`to_text` wrote; raises :class:`ValueError` when it is none."""
        text = text.strip()
        if not text.startswith("PRIVATE+KEY+"):
            raise ValueError("It is not a private key of this form.")
        name, _plus, rest = text.removeprefix("PRIVATE+KEY+").partition("+")
        found, _plus, encoded = rest.partition("+")
        signer = cls(name, _decoded_key(encoded))
        if signer.verifier.id.hex() != found:
            raise ValueError("The private key is damaged.")
        return signer

    def sign(self, text: str) -> str:
        """Return the signed note of ``text``, which ends with a line break."""
        if not text.endswith("\n") or "\n\n" in text:
            raise ValueError("The text of a note ends with a line break and has no empty lines.")
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        return f"{text}\n{SIGNATURE}{self.name} {base64.b64encode(self.verifier.id + signature).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A note taken apart: its text, and the signatures as (name, key id, signature)."""

    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...]

    @classmethod
    def parse(cls, note: str) -> Note:
        """Return ``note`` taken apart; raises :class:`ValueError` when it has not the form of one."""
        text, empty, lines = note.rpartition("\n\n")
        if not empty or not lines.endswith("\n") or not text:
            raise ValueError("It is not a signed note.")
        return cls(text + "\n", tuple(_signature(line) for line in lines.removesuffix("\n").split("\n")))

    def signed_by(self, verifiers: Iterable[Verifier]) -> Verifier | None:
        """Return the first of ``verifiers`` whose signature is on the note and right, or nothing."""
        known = {(verifier.name, verifier.id): verifier for verifier in verifiers}
        for name, key_id, signature in self.signatures:
            verifier = known.get((name, key_id))
            if verifier is not None and verifier.accepts(self.text, signature):
                return verifier
        return None


def _signature(line: str) -> tuple[str, bytes, bytes]:
    name, space, encoded = line.removeprefix(SIGNATURE).partition(" ")
    if not line.startswith(SIGNATURE) or not space or not _NAME.fullmatch(name):
        raise ValueError("It is not a line with a signature.")
    decoded = _base64(encoded)
    if len(decoded) < 5:
        raise ValueError("The signature is too short.")
    return name, decoded[:4], decoded[4:]


def _key_id(name: str, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def _parse_key(text: str) -> tuple[str, bytes]:
    name, _plus, rest = text.partition("+")
    found, _plus, encoded = rest.partition("+")
    public = _decoded_key(encoded)
    if not _NAME.fullmatch(name) or _key_id(name, public).hex() != found:
        raise ValueError("The verifier key is damaged.")
    return name, public


def _decoded_key(encoded: str) -> bytes:
    decoded = _base64(encoded)
    if decoded[:1] != ED25519 or len(decoded) != 33:
        raise ValueError("It is not an Ed25519 key.")
    return decoded[1:]


def _base64(text: str) -> bytes:
    """Return what ``text`` encodes, which is written in the one canonical way."""
    try:
        decoded = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("It is not base64.") from error
    if base64.b64encode(decoded).decode() != text:
        raise ValueError("It is not canonical base64.")
    return decoded


# -- checkpoints -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint says: the log's ``origin``, the tree's size and root, when, and the hash of the one before.

    ``at`` is an instant in UTC as text; ``previous`` the SHA-256 of the whole note before, or nothing for the first.
    """

    origin: str
    size: int
    root: bytes
    at: str = ""
    previous: bytes = b""

    def to_text(self) -> str:
        """Return the text that is signed."""
        lines = [self.origin, str(self.size), base64.b64encode(self.root).decode()]
        lines += [f"at {self.at}"] if self.at else []
        lines += [f"previous {base64.b64encode(self.previous).decode()}"] if self.previous else []
        return "\n".join(lines) + "\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Return what the text of a note says; raises :class:`ValueError` when it is not a checkpoint of this form."""
        origin, size, root, *more = (text.removesuffix("\n") + "\n\n").split("\n")[:-2]
        values = dict(line.partition(" ")[::2] for line in more)
        found = cls(origin, int(size), _base64(root), values.get("at", ""), _base64(values.get("previous", "")))
        if found.to_text() != text or len(found.root) != 32:
            raise ValueError("It is not a checkpoint.")
        return found


def note_hash(note: str) -> bytes:
    """Return the hash by which the next checkpoint names ``note``."""
    return sha256(note.encode()).digest()
