"""The short name of a booking that people say on the phone: `K7Q2-M4XD`.

A permutation of the id: multiplying by an odd number modulo a power of two loses nothing. So it is unique without
being stored, and two bookings in a row don't look like it. It is no secret and guards nothing.
"""

BITS = 40
MODULUS = 1 << BITS
FACTOR = 0x9E3779B97F | 1
INVERSE = pow(FACTOR, -1, MODULUS)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
LENGTH = 8


def encode(booking_id: int) -> str:
    scrambled = booking_id * FACTOR % MODULUS
    digits = [ALPHABET[scrambled >> shift & 31] for shift in range(BITS - 5, -1, -5)]
    return "".join(digits[:4]) + "-" + "".join(digits[4:])


def decode(reference: str) -> int:
    """Raises ValueError for what is no reference; forgives case and a missing hyphen."""
    digits = reference.upper().replace("-", "")
    if len(digits) != LENGTH:
        raise ValueError("a reference has eight characters")
    scrambled = 0
    for digit in digits:
        scrambled = scrambled << 5 | ALPHABET.index(digit)
    return scrambled * INVERSE % MODULUS
