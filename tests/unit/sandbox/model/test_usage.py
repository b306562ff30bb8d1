from sandbox.model.conversation import Item
from sandbox.model.usage import context_of, response_usage, transcription_usage


def caller(item_id, ms, transcript="twelve chars"):
    item = Item(item_id, "message", role="user", content=[{"type": "input_audio", "transcript": transcript}])
    item.audio += b"\x55" * (ms * 8)
    return item


def assistant(item_id, ms, transcript="12345678"):
    item = Item(item_id, "message", role="assistant", content=[{"type": "output_audio", "transcript": transcript}])
    item.audio += b"\x55" * (ms * 8)
    return item


def usage(context, cached=(), output_text=3, output_audio=40):
    return response_usage(context=context, cached=cached, output_text=output_text, output_audio=output_audio)


def test_tokens_of_a_first_response():
    context = context_of("Be kind to them.", [], [caller("a", 1001)])
    counted = usage(context)
    assert counted["input_token_details"]["text_tokens"] == 4
    assert counted["input_token_details"]["audio_tokens"] == 11
    assert counted["input_token_details"]["cached_tokens"] == 0
    assert counted["output_token_details"] == {"text_tokens": 3, "audio_tokens": 40}
    assert (counted["input_tokens"], counted["output_tokens"], counted["total_tokens"]) == (15, 43, 58)


def test_what_was_sent_before_is_cached_by_kind():
    first = context_of("Be kind to them.", [], [caller("a", 1000)])
    second = context_of("Be kind to them.", [], [caller("a", 1000), assistant("b", 1000), caller("c", 500)])
    details = usage(second, cached=first)["input_token_details"]
    assert details["cached_tokens_details"] == {"text_tokens": 4, "audio_tokens": 10, "image_tokens": 0}
    assert details["cached_tokens"] == 14
    assert (details["text_tokens"], details["audio_tokens"]) == (4 + 2, 10 + 20 + 5)


def test_a_changed_beginning_breaks_the_cache():
    first = context_of("Be kind to them.", [], [caller("a", 1000)])
    second = context_of("Be terse.", [], [caller("a", 1000)])
    assert usage(second, cached=first)["input_token_details"]["cached_tokens"] == 0


def test_a_truncated_item_is_cached_no_more():
    before = [caller("a", 1000), assistant("b", 1000)]
    first = context_of("", [], before)
    after = [caller("a", 1000), assistant("b", 400, transcript=None)]
    details = usage(context_of("", [], after), cached=first)["input_token_details"]
    assert details["cached_tokens"] == 10
    assert details["audio_tokens"] == 10 + 8


def test_tools_are_input_too():
    tools = [{"type": "function", "name": "end_call"}]
    assert usage(context_of("", tools, []))["input_tokens"] > usage(context_of("", [], []))["input_tokens"]


def test_transcription_by_tokens_and_by_time():
    assert transcription_usage(model="gpt-4o-transcribe", audio_ms=1230, transcript="twelve chars") == {
        "type": "tokens",
        "input_tokens": 13,
        "output_tokens": 3,
        "total_tokens": 16,
        "input_token_details": {"text_tokens": 0, "audio_tokens": 13},
    }
    assert transcription_usage(model="whisper-1", audio_ms=1230, transcript="x") == {
        "type": "duration",
        "seconds": 1.23,
    }
