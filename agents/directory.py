"""Whom a caller may be put through to, by the names that people use for them."""

from dataclasses import dataclass

from agents.models import Agent, Queue


@dataclass(frozen=True, slots=True)
class Found:
    """A queue or an agent; exactly one."""

    queue: Queue | None = None
    agent: Agent | None = None


def find(name: str, *, default: Queue | None) -> Found | None:
    """The queue of this name, the queue of the department of this name, or the agent; without a name the default."""
    name = " ".join(name.split())
    if not name:
        return Found(queue=default) if default is not None and default.is_active else None
    queues = Queue.objects.filter(is_active=True)
    queue = queues.filter(name__iexact=name).first() or queues.filter(slug__iexact=name).first()
    queue = queue or queues.filter(department__name__iexact=name).order_by("pk").first()
    if queue is not None:
        return Found(queue=queue)
    agent = Agent.objects.filter(is_active=True, name__iexact=name).first()
    return None if agent is None else Found(agent=agent)


def names() -> list[str]:
    """The queues that may be named."""
    return list(Queue.objects.filter(is_active=True).order_by("name").values_list("name", flat=True))
