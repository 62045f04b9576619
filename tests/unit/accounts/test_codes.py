"""One-time codes: the standard's own vectors, clocks that differ, nothing taken twice."""

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.accounts.codes import (
    RECOVERY_CODES,
    hash_recovery_code,
    is_totp,
    new_recovery_codes,
    new_totp_secret,
    step_of,
    totp_address,
)

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
NEVER = -1

# RFC 6238, appendix B, mode SHA1. Six digits are the last six of its eight.
RFC_6238 = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]


@pytest.mark.parametrize(("unix_s", "eight_digits"), RFC_6238)
def test_the_vectors_of_the_standard(unix_s: int, eight_digits: str) -> None:
    code = eight_digits[-6:]
    assert step_of(RFC_SECRET, code, unix_s * 1_000_000, NEVER) == unix_s // 30


@pytest.mark.parametrize(
    ("late_s", "taken"), [(-61, False), (-30, True), (0, True), (29, True), (30, True), (61, False)]
)
def test_a_clock_may_be_wrong_by_half_a_minute(late_s: int, taken: bool) -> None:
    now_us = (1_111_111_110 + late_s) * 1_000_000
    found = step_of(RFC_SECRET, "050471", now_us, NEVER)
    assert (found == 1_111_111_110 // 30) is taken


def test_no_step_is_taken_twice_nor_one_before_it() -> None:
    now_us = 1_111_111_111_000_000
    step = 1_111_111_111 // 30
    assert step_of(RFC_SECRET, "050471", now_us, step) is None
    assert step_of(RFC_SECRET, "081804", now_us, step) is None, "the step before"
    assert step_of(RFC_SECRET, "050471", now_us, step - 1) == step


@given(st.text(max_size=8), st.integers(0, 1 << 40))
def test_whatever_is_typed_it_is_refused_or_one_of_three_steps(code: str, now_s: int) -> None:
    found = step_of(RFC_SECRET, code, now_s * 1_000_000, NEVER)
    assert found is None or abs(found - now_s // 30) <= 1


def test_secrets_are_long_and_the_address_says_whose() -> None:
    secret = new_totp_secret()
    assert len(base64.b32decode(secret)) == 20
    assert secret != new_totp_secret()
    address = totp_address(secret, "Ann Example")
    assert address.startswith("otpauth://totp/Vedette:Ann%20Example?")
    assert f"secret={secret}" in address
    assert "issuer=Vedette" in address


def test_recovery_codes_are_ten_and_forgive_how_they_are_typed() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == RECOVERY_CODES
    for code in codes:
        assert re.fullmatch(r"([a-km-np-z2-9]{4}-){3}[a-km-np-z2-9]{4}", code), code
        assert not is_totp(code)
        typed = f" {code.upper().replace('-', ' ')} "
        assert hash_recovery_code(typed) == hash_recovery_code(code)
    assert is_totp("123 456")
    assert not is_totp("١٢٣٤٥٦")
