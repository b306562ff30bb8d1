"""From a source to a TwiML document: fetch it (or take it inline), look at its content type, read it strictly."""

from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin

from sandbox.carrier import twiml, webhooks
from sandbox.carrier.state import Call, Carrier, FetchDocument, Source
from sandbox.carrier.twiml import Element, TwimlError
from sandbox.carrier.twiml_schema import is_absolute_url

_TWIML_TYPES = ("text/xml", "application/xml", "text/html")


@dataclass(frozen=True, slots=True)
class Document:
    """Checked verbs, and the address that relative URLs in them start from (empty for inline TwiML)."""

    verbs: tuple[Element, ...]
    url: str
    audio: webhooks.Answer | None = None  # the whole answer was a sound file: play it and hang up

    def resolve(self, address: str) -> str:
        """The absolute form of a URL in this document. Raises `TwimlError` 11200 when there is none."""
        found = urljoin(self.url, address.strip()) if self.url else address.strip()
        if not is_absolute_url(found):
            raise TwimlError(11200, f"{address!r} is not an absolute URL and the document has no address")
        return found


async def load(carrier: Carrier, *, call: Call, source: Source) -> Document:
    """Get the document. Raises `WebhookFailed` or `TwimlError` with the code that the carrier's debugger would show."""
    if not isinstance(source, FetchDocument):
        return Document(twiml.parse(source.twiml), url="")
    answer = await webhooks.request(
        carrier,
        call=call,
        kind="webhook",
        url=source.url,
        method=source.method,
        params=carrier.webhook_params(call) + source.params,
    )
    base = urldefrag(answer.url).url
    if answer.content_type in _TWIML_TYPES:
        return Document(twiml.parse(answer.text), url=base)
    if answer.content_type.startswith("audio/"):
        return Document((), url=base, audio=answer)
    if answer.content_type == "text/plain" and answer.text.strip():
        spoken = Element("Say", {}, " ".join(answer.text.split()), ())
        return Document((spoken, Element("Hangup", {}, "", ())), url=base)
    raise TwimlError(12300, f"Invalid Content-Type: {answer.content_type or 'none'} from {answer.url}")
