"""The product as it is, but for its tools: in this house the assistant can be talked into using bad ones."""

from calls.tools import workshop
from contactcenter.asgi import application
from tests.faults import bad_tools

__all__ = ["application"]
workshop._work = bad_tools.bench_of_a_house
