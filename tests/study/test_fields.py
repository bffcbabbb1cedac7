"""Fields: sealed for their owners, bound to their place, and the same bytes as plain NIST and RFC building blocks."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from karmalink.errors import IntegrityError
from karmalink.study.store.fields import FieldCipher, derive, seal, unseal

PLACE = ("accounts", "row", "words")
KEYS = {"a": b"a" * 32, "b": b"b" * 32, "c": b"c" * 32}


class Keys:
    """Keys that stand in for a key store."""

    study_key = b"s" * 32

    def person_key(self, pseudonym: str) -> bytes:
        return KEYS[pseudonym]


def hkdf_by_hand(key: bytes, info: bytes) -> bytes:
    """RFC 5869 with one block: extract with a salt of zeros, expand with one byte."""
    extracted = hmac.new(bytes(32), key, hashlib.sha256).digest()
    return hmac.new(extracted, info + b"\x01", hashlib.sha256).digest()


@given(st.binary(min_size=32, max_size=32), st.text(max_size=20))
def test_derived_keys_are_those_of_rfc_5869(key: bytes, purpose: str) -> None:
    assert derive(key, purpose) == hkdf_by_hand(key, b"karmalink 1 " + purpose.encode())


@given(st.binary(max_size=300), st.binary(min_size=32, max_size=32), st.binary(max_size=40))
def test_sealed_fields_open_with_plain_aes_256_gcm_of_sp_800_38d(plain: bytes, key: bytes, bound: bytes) -> None:
    sealed = seal(key, plain, bound)
    version, nonce, body, tag = sealed[:1], sealed[1:13], sealed[13:-16], sealed[-16:]
    opener = Cipher(algorithms.AES(key), modes.GCM(nonce, tag)).decryptor()
    opener.authenticate_additional_data(bound)
    assert version == b"\x01"
    assert opener.update(body) + opener.finalize() == plain
    assert unseal(key, sealed, bound) == plain


@given(st.binary(max_size=60), st.data())
def test_a_changed_bit_never_opens(plain: bytes, data: st.DataObject) -> None:
    sealed = bytearray(seal(b"k" * 32, plain, b"here"))
    at = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[at // 8] ^= 1 << at % 8
    with pytest.raises(IntegrityError):
        unseal(b"k" * 32, bytes(sealed), b"here")


def test_the_same_text_is_never_the_same_bytes() -> None:
    cipher = FieldCipher("study", Keys())
    assert cipher.seal(("a",), PLACE, b"text") != cipher.seal(("a",), PLACE, b"text")


@pytest.mark.parametrize(
    "elsewhere", [("entries", "row", "words"), ("accounts", "r2", "words"), ("accounts", "row", "f")]
)
def test_a_field_that_is_moved_does_not_open(elsewhere: tuple[str, str, str]) -> None:
    cipher = FieldCipher("study", Keys())
    sealed = cipher.seal(("a",), PLACE, b"text")
    assert cipher.unseal(("a",), PLACE, sealed) == b"text"
    with pytest.raises(IntegrityError) as raised:
        cipher.unseal(("a",), elsewhere, sealed)
    assert elsewhere[0] in raised.value.where
    with pytest.raises(IntegrityError):
        FieldCipher("other", Keys()).unseal(("a",), PLACE, sealed)


@pytest.mark.parametrize("owners", [(), ("a",), ("a", "b"), ("a", "b", "c")])
def test_a_field_opens_for_its_owners_only(owners: tuple[str, ...]) -> None:
    cipher = FieldCipher("study", Keys())
    sealed = cipher.seal(owners, PLACE, b"text")
    for others in ((), ("a",), ("b",), ("a", "b"), ("a", "c"), ("a", "b", "c")):
        if others != owners:
            with pytest.raises(IntegrityError):
                cipher.unseal(others, PLACE, sealed)


def test_a_field_of_two_dies_with_either_key() -> None:
    class One(Keys):
        def person_key(self, pseudonym: str) -> bytes:
            return b"z" * 32 if pseudonym == "b" else KEYS[pseudonym]

    sealed = FieldCipher("study", Keys()).seal(("a", "b"), PLACE, b"text")
    with pytest.raises(IntegrityError):
        FieldCipher("study", One()).unseal(("a", "b"), PLACE, sealed)


def test_digests_differ_by_owner_and_purpose() -> None:
    cipher = FieldCipher("study", Keys())
    digests = {cipher.digest(owners, purpose, "x") for owners in ((), ("a",), ("a", "b")) for purpose in ("one", "two")}
    assert len(digests) == 6
    by_hand = hmac.new(hkdf_by_hand(KEYS["a"], b"karmalink 1 digest one"), b"x", hashlib.sha256).hexdigest()
    assert by_hand in digests
