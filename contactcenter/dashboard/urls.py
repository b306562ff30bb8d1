"""The dashboard's addresses."""

from django.urls import path

from contactcenter.dashboard import actions, audio, call_control, callbacks, desk, evidence, views, voicemail

urlpatterns = [
    path("", views.floor, name="floor"),
    path("health/", views.health, name="health"),
    path("calls/", views.calls, name="calls"),
    path("calls/export/", views.export, name="calls-export"),
    path("calls/<int:call_id>/", views.call, name="call"),
    path("calls/<int:call_id>/panel/", views.panel, name="call-panel"),
    path("calls/<int:call_id>/end/", actions.end_call, name="call-end"),
    path("calls/<int:call_id>/recording/<str:verb>/", actions.change_recording, name="call-recording"),
    path("calls/<int:call_id>/capture/<slug:name>/", actions.begin_capture, name="call-capture"),
    path("calls/<int:call_id>/coach/", actions.coach, name="call-coach"),
    path("approvals/<int:approval_id>/<str:verdict>/", actions.decide, name="approval"),
    path("calls/<int:call_id>/numbers/", actions.reveal_numbers, name="call-numbers"),
    path("calls/<int:call_id>/transfer/", call_control.transfer, name="call-transfer"),
    path("calls/<int:call_id>/control/<slug:verb>/", call_control.act, name="call-control"),
    path("desk/", desk.desk, name="desk"),
    path("desk/be/<slug:state>/", desk.be, name="desk-be"),
    path("desk/softphone/", desk.token, name="desk-softphone"),
    path("desk/offers/<slug:ref>/<slug:verb>/", desk.act, name="desk-offer"),
    path("recordings/<int:recording_id>/audio/", audio.sound, name="recording-audio"),
    path("recordings/<int:recording_id>/peaks/", audio.peaks, name="recording-peaks"),
    path("recordings/<int:recording_id>/retry/", actions.retry_copy, name="recording-retry"),
    path("consents/<int:consent_id>/evidence/", evidence.evidence, name="consent-evidence"),
    path("voicemail/", voicemail.inbox, name="voicemail"),
    path("voicemail/<int:message_id>/", voicemail.message, name="voicemail-message"),
    path("voicemail/<int:message_id>/assign/", voicemail.assign, name="voicemail-assign"),
    path("voicemail/<int:message_id>/audio/", voicemail.sound, name="voicemail-audio"),
    path("voicemail/<int:message_id>/peaks/", voicemail.peaks, name="voicemail-peaks"),
    path("voicemail/<int:message_id>/done/", voicemail.finish, name="voicemail-done"),
    path("voicemail/<int:message_id>/reopen/", voicemail.reopen, name="voicemail-reopen"),
    path("callbacks/", callbacks.todo, name="callbacks"),
    path("callbacks/export/", callbacks.export, name="callbacks-export"),
    path("callbacks/<int:callback_id>/", callbacks.callback, name="callback"),
    path("callbacks/<int:callback_id>/assign/", callbacks.assign, name="callback-assign"),
    path("callbacks/<int:callback_id>/put-off/", callbacks.put_off, name="callback-put-off"),
    path("callbacks/<int:callback_id>/finish/", callbacks.finish, name="callback-finish"),
    path("callbacks/<int:callback_id>/call/", callbacks.call_now, name="callback-call"),
]
