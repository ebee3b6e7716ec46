from enum import StrEnum


class CancellationPolicy(StrEnum):
    """Named presets; what each pays back stands in `bookings.cancellation`, frozen into every booking."""

    FLEXIBLE = "flexible"
    MODERATE = "moderate"
    STRICT = "strict"
    CUSTOM = "custom"
    """Tiers of the owner's own."""
