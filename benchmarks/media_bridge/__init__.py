"""What one core carries: the bridge between the carrier's socket and the model's, measured frame by frame."""

from benchmarks.media_bridge.rounds import run

__all__ = ["run"]
