"""What happens between a call and the model, said to people."""

MODEL_EVENTS = {
    "model_lost": "Connection to the model lost",
    "model_reopened": "Connecting to the model again",
    "model_not_reached": "Model not reached, trying again",
    "model_renewed": "Model session renewed",
    "sip_incoming": "Arrived at the model by SIP",
    "sip_line_over": "Line to the model over, says the carrier",
    "sideband_lost": "Control of the line lost",
    "sideband_rejoined": "Another process leads the conversation",
    "referred": "Sent on by SIP REFER",
}
