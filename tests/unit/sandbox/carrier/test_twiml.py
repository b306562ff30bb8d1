"""TwiML is read strictly: what the carrier's schema does not know is refused with its code."""

import pytest

from sandbox.carrier import twiml
from sandbox.carrier.twiml import TwimlError


def refusal(document: str) -> TwimlError:
    with pytest.raises(TwimlError) as caught:
        twiml.parse(document)
    return caught.value


def body(verbs: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{verbs}</Response>'


def test_the_document_of_an_assistant_is_read_in_order():
    verbs = twiml.parse(
        body(
            '<Start><Recording recordingStatusCallback="https://x.test/r" trim="do-not-trim" '
            'recordingStatusCallbackEvent="in-progress completed absent"/></Start>'
            "<Say>One moment,\n   please.</Say>"
            '<Connect action="/after"><Stream url="wss://x.test/media/" name="ai">'
            '<Parameter name="token" value="k3J"/></Stream></Connect>'
            "<Redirect>/after/</Redirect>"
        )
    )
    assert [verb.name for verb in verbs] == ["Start", "Say", "Connect", "Redirect"]
    assert verbs[1].text == "One moment, please."
    stream = verbs[2].children[0]
    assert stream.get("url") == "wss://x.test/media/"
    assert [(each.get("name"), each.get("value")) for each in stream.children] == [("token", "k3J")]
    assert verbs[3].get("method", "POST") == "POST"


def test_an_empty_response_is_a_document_without_verbs():
    assert twiml.parse("<Response/>") == ()


def test_entities_of_xml_are_understood_and_comments_ignored():
    (say,) = twiml.parse(body("<!-- hello --><Say>R &amp; D &lt;3</Say>"))
    assert say.text == "R & D <3"


def test_speech_marks_are_spoken_as_their_text():
    (say,) = twiml.parse(body('<Say>It is <say-as interpret-as="digits">12</say-as> <break time="1s"/> now</Say>'))
    assert say.text == "It is 12 now"


@pytest.mark.parametrize(
    "document",
    [
        "",
        "hello",
        "<Response><Say>Hi</Response>",
        "<Response><Say>R & D</Say></Response>",
        "<Response/><Response/>",
        '<!DOCTYPE r [<!ENTITY a "b">]><Response><Say>&a;</Say></Response>',
    ],
)
def test_broken_xml_is_12100(document):
    assert refusal(document).code == 12100


@pytest.mark.parametrize(
    ("verbs", "named"),
    [
        ("<Speak>Hi</Speak>", "Speak"),
        ("<say>Hi</say>", "say"),
        ('<Gather input="keys"/>', "input"),
        ('<Gather timeout="0"/>', "timeout"),
        ('<Gather finishOnKey="##"/>', "finishOnKey"),
        ('<Gather numDigits="x"/>', "numDigits"),
        ('<Gather partialResultCallback="/x"/>', "partialResultCallback"),
        ("<Gather><Dial>+14155550199</Dial></Gather>", "Dial"),
        ('<Record finishOnKey="11"/>', "finishOnKey"),
        ('<Record transcribe="true"/>', "transcribe"),
        ("<Record><Say>Hi</Say></Record>", "Say"),
        ("<Pay/>", "paymentConnector"),
        ('<Pay paymentConnector="Default" input="speech"/>', "input"),
        ('<Pay paymentConnector="Default" paymentMethod="ach-debit"/>', "paymentMethod"),
        ('<Pay paymentConnector="Default"><Prompt><Say>Hi</Say></Prompt></Pay>', "for"),
        ('<Pay paymentConnector="Default"><Prompt for="name"><Say>Hi</Say></Prompt></Pay>', "for"),
        ('<Enqueue maxQueueSize="0">q</Enqueue>', "maxQueueSize"),
        ('<Enqueue workflowSid="support"/>', "workflowSid"),
        ("<Enqueue>q<Say>Hi</Say></Enqueue>", "Say"),
        ("<Refer><Sip>sip:x@x.test</Sip></Refer>", "Refer"),
        ('<Say speed="2">Hi</Say>', "speed"),
        ("<Say></Say>", "Say"),
        ("<Say>" + "a" * 4097 + "</Say>", "Say"),
        ("<Say><Play>x</Play></Say>", "Play"),
        ('<Say loop="-1">Hi</Say>', "loop"),
        ("<Play></Play>", "Play"),
        ('<Pause length="1.5"/>', "length"),
        ("<Pause>1</Pause>", "Pause"),
        ('<Redirect method="PUT">/x</Redirect>', "PUT"),
        ("<Redirect/>", "Redirect"),
        ('<Hangup reason="x"/>', "reason"),
        ('<Reject reason="no"/>', "reason"),
        ("<Say>Hi</Say><Reject/>", "Reject"),
        ("<Start/>", "Start"),
        ("<Start><Stream/></Start>", "url"),
        ('<Start><Stream url="wss://x.test/" track="both"/></Start>', "track"),
        ('<Start><Recording trim="yes"/></Start>', "trim"),
        ('<Start><Recording track="caller"/></Start>', "track"),
        ('<Start><Recording channels="2"/></Start>', "channels"),
        ('<Start><Recording recordingStatusCallbackEvent="completed done"/></Start>', "recordingStatusCallbackEvent"),
        ('<Start><Transcription track="both"/></Start>', "track"),
        ('<Start><Transcription transcriptionEngine="whisper"/></Start>', "transcriptionEngine"),
        ("<Stop><Transcription/></Stop>", "name"),
        ("<Connect/>", "Connect"),
        ("<Connect><Room>x</Room></Connect>", "Room"),
        ("<Connect><Stream/></Connect>", "url"),
        ('<Connect><Stream url="wss://x.test/" track="both_tracks"/></Connect>', "track"),
        ('<Connect><Stream url="wss://x.test/" dtmfDetection="true"/></Connect>', "dtmfDetection"),
        ('<Connect><Stream url="wss://x.test/"><Parameter name="a"/></Stream></Connect>', "value"),
        (f'<Connect><Stream url="wss://x.test/"><Parameter name="a" value="{"v" * 499}"/></Stream></Connect>', "500"),
        ("<Stop/>", "Stop"),
        ("<Stop><Recording/></Stop>", "Recording"),
        ('<Dial><Conference colour="blue">x</Conference></Dial>', "colour"),
        ('<Dial><Conference beep="twice">x</Conference></Dial>', "beep"),
        ('<Dial><Conference coach="agent">x</Conference></Dial>', "coach"),
        ("<Dial><Conference/></Dial>", "Conference"),
        ('<Dial record="record-from-answer"><Number>+14155550199</Number></Dial>', "record"),
        ('<Dial><Number url="https://x.test/">+14155550199</Number></Dial>', "url"),
        ('<Dial timeout="601">+14155550199</Dial>', "timeout"),
        ("stray", "stray"),
        ("<Say>Hi</Say>stray", "stray"),
    ],
)
def test_what_the_schema_does_not_know_is_12200_and_named(verbs, named):
    error = refusal(body(verbs))
    assert error.code == 12200
    assert named in str(error)


@pytest.mark.parametrize("document", ["<response/>", "<Html/>", '<Response version="1"/>'])
def test_the_root_must_be_a_bare_response(document):
    assert refusal(document).code == 12200


def test_a_mistake_at_the_end_is_seen_before_the_first_verb_runs():
    assert refusal(body("<Say>Hi</Say><Sya>Bye</Sya>")).code == 12200


def test_pauses_may_come_before_a_reject():
    verbs = twiml.parse(body('<Pause length="2"/><Reject reason="busy"/>'))
    assert [verb.name for verb in verbs] == ["Pause", "Reject"]


def test_a_document_over_64_kb_is_refused():
    assert refusal(body("<Say>Hi</Say>" * 6000)).code == 11750
