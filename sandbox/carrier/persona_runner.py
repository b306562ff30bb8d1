"""Playing a scripted caller on a live call: wait for the moment of each step, do it, go on until the call is over."""

import asyncio
from dataclasses import dataclass

from sandbox import noises, speech
from sandbox.audio import FRAME_MS
from sandbox.carrier import commands
from sandbox.carrier.attention import Attention
from sandbox.carrier.ear import Ear
from sandbox.carrier.personas import Step, When
from sandbox.carrier.state import Call, Carrier

_PARTING_MS = 1_000  # after its last step a caller stays on the line this long
_ASKING = ("Gather", "Pay")
_SPOKE_MS = 200  # less sound than this is a click, not speech


async def run(carrier: Carrier, *, call: Call, steps: tuple[Step, ...], stays_ms: float | None = _PARTING_MS) -> None:
    """Run a script; returns when the call has ended, by whoever.

    After the last step the person stays on the line for `stays_ms`, or with None until somebody else hangs up.
    """
    script = asyncio.create_task(_script(carrier, call, steps, stays_ms))
    over = asyncio.create_task(call.ended.wait())
    try:
        await asyncio.wait({script, over}, return_when=asyncio.FIRST_COMPLETED)
        if script.done():
            script.result()
    finally:
        script.cancel()
        over.cancel()


async def _script(carrier: Carrier, call: Call, steps: tuple[Step, ...], stays_ms: float | None) -> None:
    await call.answered.wait()
    asked, attention = _Asked(), Attention(carrier, call)
    ear = Ear(call.line.outbound)
    for step in steps:
        if not await _moment(carrier, call, ear, attention, asked, step):
            commands.hang_up(call, by="caller")
            return
        await _act(carrier, call, step)
    if stays_ms is None:
        await call.ended.wait()
    else:
        await carrier.clock.sleep(stays_ms)
    commands.hang_up(call, by="caller")


@dataclass(slots=True)
class _Asked:
    """How many of the call's verbs were there when a key was last asked for."""

    verbs: int = 0


async def _moment(carrier: Carrier, call: Call, ear: Ear, attention: Attention, asked: _Asked, step: Step) -> bool:
    """Wait for the moment of a step; False when it did not come in time."""
    clock = carrier.clock
    began_ms, answered_ms = clock.now_ms(), call.line.answered_at_ms or 0.0
    give_up_at_ms = began_ms + step.give_up_ms
    match step.when:
        case When.AFTER_MS:
            await clock.until(began_ms + step.after_ms)
            return True
        case When.AT_MS:
            await clock.until(answered_ms + step.at_ms)
            return True
        case When.HUNG_UP:
            await clock.until(give_up_at_ms)
            return False
        case When.STREAM_ENDED:
            return await _stream_ended(carrier, call, step, give_up_at_ms)
        case When.GATHER:
            return await _gather(carrier, call, asked, step, give_up_at_ms)
        case When.JOINED:
            return await _joined(carrier, call, step, give_up_at_ms)
        case When.HEARS | When.BEEP:
            return await _made_out(carrier, attention, step, give_up_at_ms)
    call.line.run()
    ear.attend()
    while clock.now_ms() < give_up_at_ms:
        await clock.sleep(FRAME_MS)
        call.line.run()
        ear.listen()
        if step.when is When.ASSISTANT_SPEAKING:
            if ear.speaking_ms >= max(step.after_ms, _SPOKE_MS):
                return True
        elif ear.spoken_ms >= _SPOKE_MS and ear.silent_ms >= step.settle_ms:
            return True
    return False


async def _stream_ended(carrier: Carrier, call: Call, step: Step, give_up_at_ms: float) -> bool:
    """Wait until the call has no stream any more, after it had one, and `after_ms` on top."""
    while carrier.clock.now_ms() < give_up_at_ms:
        if call.streams and call.streams[-1].state in ("closed", "refused"):
            await carrier.clock.sleep(step.after_ms)
            return True
        await carrier.clock.sleep(FRAME_MS)
    return False


async def _gather(carrier: Carrier, call: Call, asked: _Asked, step: Step, give_up_at_ms: float) -> bool:
    """Wait until keys are asked for, once more than before, and `after_ms` from the beginning of the question."""
    while carrier.clock.now_ms() < give_up_at_ms:
        running = next(
            (verb for verb in call.verbs[asked.verbs :] if verb.verb in _ASKING and verb.ended_at_ms is None), None
        )
        if running is not None:
            asked.verbs = len(call.verbs)
            await carrier.clock.until(running.started_at_ms + step.after_ms)
            return True
        await carrier.clock.sleep(FRAME_MS)
    return False


async def _joined(carrier: Carrier, call: Call, step: Step, give_up_at_ms: float) -> bool:
    """Wait until the call is in a conference, and `after_ms` from when it came in."""
    while carrier.clock.now_ms() < give_up_at_ms:
        if call.visits and call.visits[-1].left_at_ms is None:
            await carrier.clock.until(call.visits[-1].joined_at_ms + step.after_ms)
            return True
        await carrier.clock.sleep(FRAME_MS)
    return False


async def _made_out(carrier: Carrier, attention: Attention, step: Step, give_up_at_ms: float) -> bool:
    """Wait until certain words were said, or a beep is over, and `after_ms` on top."""
    if step.when is When.BEEP:
        is_heard = await attention.beep(give_up_at_ms=give_up_at_ms)
    else:
        is_heard = await attention.words(step.hears, give_up_at_ms=give_up_at_ms)
    if is_heard:
        await carrier.clock.sleep(step.after_ms)
    return is_heard


async def _act(carrier: Carrier, call: Call, step: Step) -> None:
    if step.press:
        await commands.press(carrier, call=call, keys=step.press)
    elif step.noise:
        call.line.hiss(noises.hiss(step.noise))
    elif step.cough:
        seed = carrier.dice.randrange(1_000)
        await carrier.clock.until(call.line.say(noises.cough(step.cough, seed=seed)))
    elif step.hang_up:
        commands.hang_up(call, by="caller")
        await call.ended.wait()
    elif step.say:
        ends_at_ms = call.line.say(speech.say(step.say, voice=call.voice).audio)
        if step.say_cut_ms:
            await carrier.clock.sleep(step.say_cut_ms)
            commands.hang_up(call, by="caller")
            await call.ended.wait()
        await carrier.clock.until(ends_at_ms)
