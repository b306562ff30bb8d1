"""Headers that an admin may set on requests of tools: names and values that make one request, and stay one."""

from django.core.validators import RegexValidator

# What the request says by itself, or what would make two requests of one (RFC 9110, RFC 9112).
OURS = frozenset({
    "host", "content-length", "content-type", "transfer-encoding", "connection", "keep-alive", "te", "trailer",
    "upgrade", "expect", "accept-encoding", "proxy-authorization", "proxy-connection", "idempotency-key",
    "webhook-id", "webhook-timestamp", "webhook-signature", "x-caller", "x-call",
})  # fmt: skip

a_name = RegexValidator(r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+\Z", "This is no name of a header.")
a_value = RegexValidator(r"^[ -~]+\Z", "Letters, digits and signs of ASCII on one line.")
