"""What browsers complain of while tests look at pages: a page that complains fails its test."""

from playwright.async_api import ConsoleMessage, Page


class Complaints(list[str]):
    """Errors, refused resources, exceptions. Empty it where trouble is the subject."""

    def listen(self, page: Page) -> None:
        """Note what this page complains of."""
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.append(f"exception: {error}"))

    def _note(self, message: ConsoleMessage) -> None:
        # Said of a page that is left while it connects.
        is_leaving = "WebSocket is closed before the connection is established" in message.text
        if message.type in ("error", "warning") and not is_leaving:
            self.append(f"{message.type}: {message.text}")
