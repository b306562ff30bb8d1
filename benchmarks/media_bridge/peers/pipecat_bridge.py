"""The same bridge built from pipecat-ai as its documents have it: FastAPI, its Twilio serializer, its Realtime service.

`pipecat_bridge.py PORT MODEL_ORIGIN`. 8 kHz inside, which spares it one conversion; no voice detection of its own, no
logging below warnings. The call's number comes as the stream's parameter and goes into the model's address, because its
audio is decoded and cannot carry a name.
"""

import sys

import uvicorn
from fastapi import FastAPI, WebSocket
from loguru import logger
from pipecat.frames.frames import LLMRunFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.runner.utils import parse_telephony_websocket
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.services.openai.realtime import events
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.workers.runner import WorkerRunner

PORT, MODEL = int(sys.argv[1]), sys.argv[2].replace("http", "ws", 1)
RATE = 8000
app = FastAPI()


@app.websocket("/")
async def bridge(socket: WebSocket) -> None:
    """One call."""
    await socket.accept()
    _, call = await parse_telephony_websocket(socket)
    serializer = TwilioFrameSerializer(
        stream_sid=call["stream_id"],
        call_sid=call["call_id"],
        params=TwilioFrameSerializer.InputParams(auto_hang_up=False),
    )
    transport = FastAPIWebsocketTransport(
        websocket=socket,
        params=FastAPIWebsocketParams(audio_in_enabled=True, audio_out_enabled=True, serializer=serializer),
    )
    session = events.SessionProperties(
        audio=events.AudioConfiguration(input=events.AudioInput(transcription=events.InputAudioTranscription()))
    )
    model = OpenAIRealtimeLLMService(
        api_key="sk-bench",
        base_url=f"{MODEL}/v1/call/{call['body']['ticket']}/realtime",
        settings=OpenAIRealtimeLLMService.Settings(
            system_instruction="You answer the telephone of a shop for tents.", session_properties=session
        ),
    )
    heard, said = LLMContextAggregatorPair(LLMContext([{"role": "developer", "content": "Greet the caller."}]))
    worker = PipelineWorker(
        Pipeline([transport.input(), heard, model, transport.output(), said]),
        params=PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE),
    )

    @transport.event_handler("on_client_connected")
    async def greet(*_: object) -> None:
        await worker.queue_frames([LLMRunFrame()])

    @transport.event_handler("on_client_disconnected")
    async def end(*_: object) -> None:
        await worker.cancel()

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await runner.run()


if __name__ == "__main__":
    logger.remove()
    logger.add(sys.stderr, level="WARNING")
    uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="warning", ws_per_message_deflate=False)
