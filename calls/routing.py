"""The carrier's sockets."""

from django.urls import path

from calls.consumers.media_stream import MediaStreamConsumer

websocket_urlpatterns = [path("twilio/media/", MediaStreamConsumer.as_asgi())]
