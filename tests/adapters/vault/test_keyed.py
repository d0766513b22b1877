"""The quick HMAC is the real HMAC."""

from __future__ import annotations

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.vault.keyed import Keyed


@pytest.mark.requirement("E13")
@given(st.binary(max_size=200), st.binary(max_size=2000))
def test_it_equals_the_librarys_for_every_key_and_text(key: bytes, text: bytes) -> None:
    keyed = Keyed(key)
    assert keyed.digest(text) == hmac.digest(key, text, "sha256")
    assert keyed.digest(text) == keyed.digest(text)
