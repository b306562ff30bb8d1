"""Logs: one line per event, static words plus fields; JSON when nobody watches a terminal.

Fields may carry ids, codes and durations. Numbers are masked by whoever logs; callers' words and secrets
never come here.
"""

import logging
import sys
from typing import Any

import structlog


def configure(options: dict[str, Any]) -> None:
    """Set up structlog and the standard library's loggers; Django calls this with its LOGGING setting."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=True) if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(options["level"])
    for noisy, level in (
        ("twilio.http_client", "WARNING"),
        ("websockets", "WARNING"),
        ("daphne", "WARNING"),
        ("httpx2", "WARNING"),
    ):
        logging.getLogger(noisy).setLevel(level)
