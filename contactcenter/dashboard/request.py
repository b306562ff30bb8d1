"""What a dashboard view is given: a request of somebody who is signed in, through django-htmx's middleware."""

from django.contrib.auth.models import User
from django.http import HttpRequest as DjangoRequest
from django_htmx.middleware import HtmxDetails


class HttpRequest(DjangoRequest):
    """A request with its person and what htmx says of it."""

    htmx: HtmxDetails
    user: User
