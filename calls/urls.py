"""The carrier's addresses. State travels in signed parameters and ids, never in query strings."""

from django.urls import path

from calls.webhooks import carrier, messages

urlpatterns = [
    path("twilio/voice/", carrier.voice, name="twilio-voice"),
    path("twilio/voice/resume/", carrier.resume, name="twilio-voice-resume"),
    path("twilio/voice/fallback/", carrier.fallback, name="twilio-voice-fallback"),
    path("twilio/status/", carrier.status, name="twilio-status"),
    path("twilio/stream-status/", carrier.stream_status, name="twilio-stream-status"),
    path("twilio/recording/", carrier.recording, name="twilio-recording"),
    path("twilio/voicemail/", messages.message, name="twilio-voicemail"),
    path("twilio/callback/offer/", messages.offer, name="twilio-callback-offer"),
    path("twilio/voicemail/recording/", messages.recording, name="twilio-voicemail-recording"),
]
