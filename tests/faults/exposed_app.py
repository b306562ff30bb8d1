"""The product as it is, but for its tools: in this house the assistant can be talked into using bad ones."""

from contactcenter.asgi import application  # loads the applications; what follows needs them
from tests.faults import bad_tools

__all__ = ["application"]
bad_tools.use_in_this_process()
