"""The carrier's addresses. State travels in signed parameters and ids, never in query strings."""

from django.urls import path

from calls.webhooks import captures, carrier, messages, outgoing, people, relayed, texts

urlpatterns = [
    path("twilio/voice/", carrier.voice, name="twilio-voice"),
    path("twilio/voice/resume/", carrier.resume, name="twilio-voice-resume"),
    path("twilio/consent/", carrier.consent, name="twilio-consent"),
    path("twilio/consent/again/", carrier.consent_again, name="twilio-consent-again"),
    path("twilio/voice/fallback/", carrier.fallback, name="twilio-voice-fallback"),
    path("twilio/relay-ended/", relayed.ended, name="twilio-relay-ended"),
    path("twilio/status/", carrier.status, name="twilio-status"),
    path("twilio/stream-status/", carrier.stream_status, name="twilio-stream-status"),
    path("twilio/offer/<slug:ref>/", people.offer, name="twilio-offer"),
    path("twilio/offer/<slug:ref>/key/", people.key, name="twilio-offer-key"),
    path("twilio/offer/<slug:ref>/status/", people.offer_status, name="twilio-offer-status"),
    path("twilio/offer/<slug:ref>/machine/", people.machine, name="twilio-offer-machine"),
    path("twilio/offer/<slug:ref>/after/", people.after_room, name="twilio-offer-after"),
    path("twilio/conference/", people.conference, name="twilio-conference"),
    path("twilio/transcription/", people.transcription, name="twilio-transcription"),
    path("twilio/wait/<int:call_id>/", people.wait, name="twilio-wait"),
    path("twilio/announcement/<int:call_id>/", people.announcement, name="twilio-announcement"),
    path("twilio/recorded/<int:call_id>/", people.recorded, name="twilio-recorded"),
    path("twilio/opted-out/<int:call_id>/", people.opted_out, name="twilio-opted-out"),
    path("twilio/music/<int:music_id>/<int:part>/", people.music, name="twilio-music"),
    path("twilio/capture/<slug:ref>/<int:attempt>/", captures.captured, name="twilio-capture"),
    path("twilio/outgoing/key/", outgoing.key, name="twilio-outgoing-key"),
    path("twilio/outgoing/words/", outgoing.words, name="twilio-outgoing-words"),
    path("twilio/amd/", outgoing.amd, name="twilio-amd"),
    path("twilio/outgoing/machine/", outgoing.machine, name="twilio-outgoing-machine"),
    path("twilio/outgoing/left/", outgoing.left, name="twilio-outgoing-left"),
    path("twilio/outgoing/after/", outgoing.after_room, name="twilio-outgoing-after"),
    path("twilio/outgoing/person/", outgoing.person, name="twilio-outgoing-person"),
    path("twilio/recording/", carrier.recording, name="twilio-recording"),
    path("twilio/message/", texts.received, name="twilio-message"),
    path("twilio/voicemail/", messages.message, name="twilio-voicemail"),
    path("twilio/callback/offer/", messages.offer, name="twilio-callback-offer"),
    path("twilio/voicemail/recording/", messages.recording, name="twilio-voicemail-recording"),
]
