"""What the product's database must hold after a run, against what the far ends played. Pure."""

from collections.abc import Mapping


def expected(played: Mapping[str, int]) -> dict[str, int]:
    """The rows that follow from what was played."""
    return {
        "caller_turns": played["caller_turns"],
        "assistant_turns": played["assistant_turns"],
        "opening_turns": played["calls"],
        "cut_turns": played["truncates"],
        "cuts": played["truncates"],
        "response_usage": played["responses"],
        "transcription_usage": played["transcriptions"],
        "streams_closed": played["calls"],
    }


def differences(played: Mapping[str, int], rows: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Where the books differ: what was played, and what is written."""
    return {name: (count, rows.get(name, 0)) for name, count in expected(played).items() if rows.get(name, 0) != count}
