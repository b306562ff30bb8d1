"""The carrier's sockets."""

from django.urls import path

from calls.consumers.media_stream import MediaStreamConsumer
from calls.consumers.relay import RelayConsumer
from calls.consumers.room_sound import RoomSoundConsumer

# The second form names the bridge at which the model is warm; any other serves it too.
websocket_urlpatterns = [
    path("twilio/media/", MediaStreamConsumer.as_asgi()),
    path("twilio/relay/", RelayConsumer.as_asgi()),
    path("twilio/listen/", RoomSoundConsumer.as_asgi()),
    path("twilio/media/<slug:bridge>/", MediaStreamConsumer.as_asgi()),
]
