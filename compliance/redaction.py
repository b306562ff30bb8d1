"""Masking of personal data for screens and logs."""

import re

# The address of whoever talks to an assistant from a page of ours.
PAGE = "browser"
_E164 = re.compile(r"\+([1-9]\d{6,14})")


def mask_address(address: str) -> str:
    """A telephone address as it may be shown to everybody: `+14155552671` becomes `+1 415 ••• 2671`.

    A WhatsApp address is masked like its number. Others (`client:`, `sip:`, hidden callers) keep their kind and first
    letter only.
    """
    match = _E164.fullmatch(address.removeprefix("whatsapp:"))
    if address == PAGE:
        return "Test call"
    if match is None:
        kind, colon, name = address.partition(":")
        return f"{kind}:{name[:1]}•••" if colon else (f"{address[:1]}•••" if address else "unknown")
    digits = match.group(1)
    if digits.startswith("1") and len(digits) == 11:
        return f"+1 {digits[1:4]} ••• {digits[7:]}"
    return f"+{digits[:2]} ••• {digits[-3:]}"
