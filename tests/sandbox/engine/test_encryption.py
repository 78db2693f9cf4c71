"""Pulumi's passphrase format, against its primitives and against what its own command line wrote."""

from __future__ import annotations

import base64
import hashlib
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from kong_secure.sandbox.engine import encryption
from kong_secure.sandbox.engine.encryption import DamagedCiphertextError, PassphraseCipher, WrongPassphrase

# written by pulumi v3.260.0 for the passphrase "x"
PULUMI_SALT = "v1:rKj3jKwOwow=:v1:U5Hiie73LrNo7kYb:o5GQ0RArzuHN4xxsX3JrNo9hTfWCsg=="
PULUMI_STATE_VALUE = "v1:2plGaAxxUNru75Vn:9+35vmx5fNQiuDZ2u11DrhOfYTKpKLoabiK/skOAa9Y="
PULUMI_CONFIG_VALUE = "v1:Zq4kfHksv+Wlrw9F:8NjQlk0JxxT3pe5OvXy3uJ6oJaVnRmEpI3+r+D1G"


@pytest.mark.usefixtures("real_key_derivation")
def test_what_pulumi_encrypted_is_decrypted() -> None:
    cipher = PassphraseCipher.open("x", PULUMI_SALT)
    assert cipher.decrypt(PULUMI_STATE_VALUE) == '"hunter2hunter2"'
    assert cipher.decrypt(PULUMI_CONFIG_VALUE) == "hunter2hunter2"
    assert cipher.salt_state == PULUMI_SALT


@pytest.mark.usefixtures("real_key_derivation")
def test_what_is_encrypted_is_what_the_primitives_say() -> None:
    cipher = PassphraseCipher.create("open sesame")
    version, salt, check_version, nonce, sealed = cipher.salt_state.split(":")
    assert (version, check_version, len(base64.b64decode(salt))) == ("v1", "v1", 8)
    kdf = PBKDF2HMAC(algorithm=hashes.SHA256(), length=32, salt=base64.b64decode(salt), iterations=1_000_000)
    key = AESGCM(kdf.derive(b"open sesame"))
    assert key.decrypt(base64.b64decode(nonce), base64.b64decode(sealed), None) == b"pulumi"
    _, nonce, sealed = cipher.encrypt("grün").split(":")
    assert len(base64.b64decode(nonce)) == 12
    assert key.decrypt(base64.b64decode(nonce), base64.b64decode(sealed), None).decode() == "grün"


def test_a_cipher_reopened_by_its_salt_reads_what_it_wrote() -> None:
    cipher = PassphraseCipher.create("open sesame")
    again = PassphraseCipher.open("open sesame", cipher.salt_state)
    assert again.decrypt(cipher.encrypt("value")) == "value"


def test_the_same_text_is_never_sealed_the_same_way_twice() -> None:
    cipher = PassphraseCipher.create("open sesame")
    assert cipher.encrypt("value") != cipher.encrypt("value")


def test_a_wrong_passphrase_is_told_without_showing_one() -> None:
    right, wrong = "open sesame", "open barley"
    cipher = PassphraseCipher.create(right)
    with pytest.raises(WrongPassphrase) as caught:
        PassphraseCipher.open(wrong, cipher.salt_state)
    told = "".join(traceback.format_exception(caught.value))
    assert "sesame" not in told
    assert "barley" not in told


@pytest.mark.parametrize("salt", ["", "v1", "v2:AAAA:v1:AAAA:AAAA", "v1:not base64:v1:AAAA:AAAA"])
def test_a_malformed_salt_is_refused(salt: str) -> None:
    with pytest.raises(DamagedCiphertextError):
        PassphraseCipher.open("x", salt)


@pytest.mark.parametrize(
    "change", [lambda s: s[:-6] + "AAAA==", lambda s: "v2" + s[2:], lambda s: s + ":", lambda _: ""]
)
def test_a_changed_ciphertext_is_refused(change: Callable[[str], str]) -> None:
    cipher = PassphraseCipher.create("x")
    with pytest.raises(DamagedCiphertextError):
        cipher.decrypt(change(cipher.encrypt("a value to protect")))


def test_threads_that_open_one_state_derive_its_key_once(monkeypatch: pytest.MonkeyPatch) -> None:
    salt_state = PassphraseCipher.create("derived once").salt_state
    derived: list[str] = []
    real = hashlib.pbkdf2_hmac

    def counting(name: str, *arguments: Any) -> bytes:
        derived.append(name)
        return real(name, *arguments)

    encryption._derived.cache_clear()
    monkeypatch.setattr(hashlib, "pbkdf2_hmac", counting)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: PassphraseCipher.open("derived once", salt_state), range(8)))
    assert len(derived) == 1
