"""Who is measured: the product on each of its servers, the floor in Python, and a peer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.media_bridge import pythons
from contactcenter import serving
from deploy import programs

PEERS = Path(__file__).parent / "peers"
# 99 of 100 frames are to pass within this time.
BAR_MS = 20.0
# A peer that holds 80 ms of audio back by design is given twice that.
PEER_BAR_MS = 160.0

Command = Callable[[int, str], list[str]]  # port to listen on, origin of the model


@dataclass(frozen=True, slots=True)
class Variant:
    """One bridge to measure. `first` is the number of calls at which the search for its limit begins."""

    name: str
    about: str
    is_product: bool
    command: Command | None  # None: it cannot be measured here, and `about` says why
    first: int
    bar_ms: float = BAR_MS
    loads: tuple[int, ...] = (25, 100)
    is_pcm: bool = False
    does_clear: bool = True
    env: dict[str, str] = field(default_factory=lambda: {"WEBSOCKETS": serving.PLAIN_WEBSOCKETS})  # of the product


NAMES = ("daphne", "uvicorn", "fast", "bare", "pipecat")


def by_name(name: str, var: Path) -> Variant:
    """A variant, also when it cannot be had here; what it needs beyond the product is installed under `var`."""
    makers = {
        "daphne": _daphne,
        "uvicorn": _uvicorn,
        "fast": _fast,
        "bare": lambda: _bare(var),
        "pipecat": lambda: _pipecat(var),
    }
    return makers[name]()


def _daphne() -> Variant:
    def command(port: int, _: str) -> list[str]:
        return programs.web("daphne", host="127.0.0.1", port=str(port))

    return Variant("daphne", "the product on daphne", is_product=True, command=command, first=60)


def _uvicorn() -> Variant:
    return Variant("uvicorn", "the product on uvicorn", is_product=True, command=_on_uvicorn, first=80)


def _on_uvicorn(port: int, _: str) -> list[str]:
    return programs.web("uvicorn", host="127.0.0.1", port=str(port))


def _fast() -> Variant:
    """The product on uvicorn with picows on both sides: the carrier's sockets and the model's."""
    library = serving.FAST_WEBSOCKETS

    def command(port: int, _: str) -> list[str]:
        return programs.web("uvicorn", host="127.0.0.1", port=str(port), websockets=library)

    try:
        serving.check_websockets(library)
    except serving.UnknownServer as problem:
        return Variant("fast", str(problem), is_product=True, command=None, first=0)
    about = "the product on uvicorn and picows"
    return Variant("fast", about, is_product=True, command=command, first=300, env={"WEBSOCKETS": library})


def _bare(var: Path) -> Variant:
    python, library = pythons.for_relay(var)

    def command(port: int, model: str) -> list[str]:
        return [str(python), str(PEERS / "bare_relay.py"), str(port), model]

    return Variant(
        "bare", f"a relay that only rewraps, {library}", is_product=False, command=command, first=300, does_clear=False
    )


def _pipecat(var: Path) -> Variant:
    try:
        python = pythons.python_with(var, "pipecat", pythons.PIPECAT)
    except pythons.UnableToInstall as problem:
        return Variant("pipecat", f"not installed: {problem}", is_product=False, command=None, first=0)

    def command(port: int, model: str) -> list[str]:
        return [str(python), str(PEERS / "pipecat_bridge.py"), str(port), model]

    return Variant(
        "pipecat",
        pythons.PIPECAT[0],
        is_product=False,
        command=command,
        first=10,
        bar_ms=PEER_BAR_MS,
        loads=(10, 25),
        is_pcm=True,
    )
