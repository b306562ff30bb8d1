"""Somebody whom we have called wants no more calls: noticed in their words or by a key, and the line is released.

Nothing more is said: the law wants the call to end at once (47 CFR 64.1200(b)(3)).
"""

from calls.voice import effects as e
from calls.voice.conduct import Conduct


class Stopping:
    """The end of all calls, asked of the shell once."""

    def __init__(self, conduct: Conduct) -> None:
        self._conduct = conduct

    def words(self, text: str) -> None:
        """They have said this."""
        if self._conduct.plan.is_opt_out(text):
            self._stop(e.OptOut(text))

    def key(self, digit: str, *, is_entry: bool) -> bool:
        """They have pressed this key. True when it ends all calls; in the middle of an entry it is a digit."""
        if not digit or digit != self._conduct.plan.opt_out_key or is_entry or self._conduct.seal.is_on:
            return False
        self._stop(e.OptOut(digit, by_key=True))
        return True

    def _stop(self, wish: e.OptOut) -> None:
        conduct = self._conduct
        if conduct.is_hanging_up or conduct.is_over:
            return
        conduct.interrupt(cancel=True)
        conduct.is_hanging_up = True
        conduct.out.put(wish)
