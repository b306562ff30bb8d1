// What is said when a test call does not begin, or ends.

/** Why a call cannot even be tried; empty when it can. */
export function beforeCall({ isSecure, hasDevices, at }) {
  if (isSecure && hasDevices) return "";
  if (!isSecure) {
    const where = at ? `Open it at ${at}.` : "Open it over https, or on the machine itself as 127.0.0.1.";
    return `Browsers give a microphone only to pages over https, and this one is not. ${where}`;
  }
  return "This browser gives pages no microphone.";
}

const MICROPHONE = {
  NotAllowedError: "This page may not use the microphone. Allow it in the browser, next to the address, and call again.",
  NotFoundError: "There is no microphone. Connect one and call again.",
  NotReadableError: "The microphone cannot be used: another program may have it.",
  OverconstrainedError: "The chosen microphone is gone. Choose another one and call again.",
};

/** What an error of the microphone or the speaker means for a person. */
export const ofMicrophone = (error) => MICROPHONE[error.name] ?? `The sound could not be started: ${error.message}`;

const ENDS = {
  assistant_ended: "The assistant ended the call.",
  assistant_farewell: "The assistant had said goodbye.",
  carrier_stopped: "The call was ended.",
  caller_hung_up: "You hung up.",
  caller_silent: "You said nothing, so the assistant ended the call.",
  agent_ended: "The person you talked to ended the call.",
  supervisor_ended: "A supervisor ended the call.",
  call_too_long: "Test calls are no longer than this.",
  opted_out: "You asked for no more calls, so the assistant said goodbye.",
  recording_refused: "You did not want to be recorded, so the call ended.",
};
const FAULTS = {
  model_unreachable: "The model could not be reached, or refused us; what it said stands beside.",
  model_lost: "The connection to the model was lost.",
  stream_lost: "The connection between this page and the server broke.",
  stream_malformed: "This page sent something the server does not take. Reload it.",
  bridge_failed: "A fault of ours ended the call; it is in the logs.",
  no_assistant: "This assistant cannot take calls.",
  handed_over: "The server restarts. Call again in a moment.",
  gave_way: "The call went on somewhere a page cannot follow.",
  ticket: "The server did not take this page’s ticket. Call again.",
  "ticket spent": "This call was opened already. Call again.",
  "no start": "The connection was too slow to begin. Call again.",
  "database away": "The database does not answer.",
};
const PUT_THROUGH = "put_through";
const ORDINARY = 1000; // of a server that says no more than that
const FORBIDDEN = 4403;
const POLICY = 1008;

/** Whether the server closed the line because the page is on another one, at the telephone network. */
export const isPutThrough = (reason) => reason === PUT_THROUGH;

/** Why the server closed the line: a sentence, and whether it tells of a fault. */
export function afterClose({ code, reason, wasOpen }) {
  if (code === FORBIDDEN) return { isFault: true, text: "Your role may not hold test calls any more, or you are signed out." };
  if (ENDS[reason]) return { isFault: false, text: ENDS[reason] };
  if (FAULTS[reason]) return { isFault: true, text: FAULTS[reason] };
  if (code === POLICY) return { isFault: true, text: `The server ended the call: ${reason || "this page broke its rules"}.` };
  if (code === ORDINARY) return { isFault: false, text: ENDS.carrier_stopped };
  if (!wasOpen) return { isFault: true, text: "The server did not take the call. Is it running, and are you signed in?" };
  return { isFault: true, text: "The connection to the server broke." };
}
