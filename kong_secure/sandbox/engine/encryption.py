"""Pulumi's passphrase encryption: the form of `encryptionsalt`, `secure:` values and secrets in a state.

Key derivation and the sealing of single texts live here; which parts of a state are secret is `state`'s
matter.

Format (Pulumi's `passphrase` secrets provider): key = PBKDF2-HMAC-SHA256(passphrase, 8-byte salt, 1,000,000
rounds, 32 bytes); a text is AES-256-GCM under a 12-byte nonce, written `v1:<base64 nonce>:<base64 sealed>`;
the salt state is `v1:<base64 salt>:<the word "pulumi" encrypted the same way>`.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import os
import threading
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kong_secure.sandbox.engine.operations import EngineError

_ROUNDS: Final = 1_000_000
_KEY_BYTES: Final = 32
_SALT_BYTES: Final = 8
_NONCE_BYTES: Final = 12
_CHECK_WORD: Final = "pulumi"
_deriving = threading.Lock()


class WrongPassphrase(EngineError):  # noqa: N818 (the words a caller would use)
    """The passphrase isn't the one the state was encrypted with."""


class DamagedCiphertextError(ValueError):
    """A text that isn't in the encrypted form, or that was sealed with another key."""


class PassphraseCipher:
    """Seals and opens texts with a key derived from a passphrase. Safe to share between threads."""

    def __init__(self, key: bytes, salt: bytes, check: str | None = None) -> None:
        self._sealer = AESGCM(key)
        sealed_word = check if check is not None else self.encrypt(_CHECK_WORD)
        self.salt_state: str = f"v1:{_base64(salt)}:{sealed_word}"

    @classmethod
    def create(cls, passphrase: str) -> PassphraseCipher:
        """A cipher with a new random salt. Takes a third of a second: key derivation is slow by design."""
        salt = os.urandom(_SALT_BYTES)
        return cls(_derive(passphrase, salt), salt)

    @classmethod
    def open(cls, passphrase: str, salt_state: str) -> PassphraseCipher:
        """The cipher that `salt_state` belongs to.

        Raises WrongPassphrase when the passphrase is another one, DamagedCiphertextError when `salt_state` is
        not in Pulumi's form.
        """
        version, _, rest = salt_state.partition(":")
        encoded_salt, _, check = rest.partition(":")
        if version != "v1" or not check:
            raise DamagedCiphertextError("the encryption salt is not in Pulumi's form v1:<salt>:<check word>")
        salt = _unbase64(encoded_salt)
        cipher = cls(_derive(passphrase, salt), salt, check)
        if not cipher._knows(check):
            raise WrongPassphrase("the passphrase is not the one this stack's state was encrypted with")
        return cipher

    def encrypt(self, text: str) -> str:
        """The text sealed under a fresh nonce, as `v1:<base64 nonce>:<base64 sealed>`."""
        nonce = os.urandom(_NONCE_BYTES)
        return f"v1:{_base64(nonce)}:{_base64(self._sealer.encrypt(nonce, text.encode(), None))}"

    def decrypt(self, sealed: str) -> str:
        """The text that was sealed. Raises DamagedCiphertextError for anything this key didn't seal."""
        pieces = sealed.split(":")
        if len(pieces) != 3 or pieces[0] != "v1":
            raise DamagedCiphertextError("an encrypted value is not in Pulumi's form v1:<nonce>:<ciphertext>")
        nonce = _unbase64(pieces[1])
        if len(nonce) != _NONCE_BYTES:
            raise DamagedCiphertextError("an encrypted value has a nonce that is not 12 bytes long")
        plain = self._open(nonce, _unbase64(pieces[2]))
        if plain is None:
            raise DamagedCiphertextError("an encrypted value was changed, or sealed with another passphrase")
        return plain.decode()

    def _open(self, nonce: bytes, sealed: bytes) -> bytes | None:
        try:
            return self._sealer.decrypt(nonce, sealed, None)
        except InvalidTag:
            return None

    def _knows(self, check: str) -> bool:
        try:
            return self.decrypt(check) == _CHECK_WORD
        except DamagedCiphertextError:
            return False


def _derive(passphrase: str, salt: bytes) -> bytes:
    # one at a time: a program reads one stack in many threads at once, and the others find what the first derived
    with _deriving:
        return _derived(passphrase, salt)


@functools.lru_cache(maxsize=64)  # one command opens its own state, and those it reads, more than once
def _derived(passphrase: str, salt: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, _ROUNDS, _KEY_BYTES)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        pass
    raise DamagedCiphertextError("an encrypted value holds a part that is not base64")
