// The phone page: the list of calls, placing one, and being on one.

import { Ear } from "/phone/sound.js";

const MYSELF = "";
const STATES = {
  queued: "Queued", ringing: "Ringing", "in-progress": "On the line", completed: "Ended", busy: "Busy", "no-answer": "Not answered",
  failed: "Failed", canceled: "Cancelled",
};
const DOINGS = {
  Connect: "talking to the assistant", Say: "hearing an announcement", Play: "hearing a recording", Pause: "waiting",
  Dial: "being put through", Gather: "being asked", Record: "leaving a message", Enqueue: "waiting in a queue", "application error": "hearing that the application failed",
};
const OTHERS = {
  manual: "Another visitor", script: "Scripted caller", nobody: "Nobody", agent: "Scripted agent", browser: "Somebody at a browser",
};
const $ = (id) => document.getElementById(id);
const page = { personas: [], agents: [], numbers: "", calls: [], received: 0, chosen: "", own: new Set(), ear: null };

// --- asking the carrier ---------------------------------------------------------------------------------------------

async function ask(path, body) {
  const response = await fetch(`/_sandbox/${path}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body ?? {}),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

function complain(id, message) {
  $(id).textContent = message;
  $(id).hidden = !message;
}

async function onLine(path, body) {
  try {
    await ask(`calls/${page.chosen}/${path}`, body);
    complain("line-problem", "");
  } catch (error) {
    complain("line-problem", error.message);
  }
}

// --- placing a call -------------------------------------------------------------------------------------------------

function addChoice(list, { group, value, title, about, disabled = false, checked = false }) {
  const choice = $("choice").content.cloneNode(true);
  const input = choice.querySelector("input");
  Object.assign(input, { name: group, value, disabled, checked });
  choice.querySelector("strong").textContent = title;
  choice.querySelector("small").textContent = about;
  list.append(choice);
}

function chosenIn(group) {
  return document.querySelector(`input[name="${group}"]:checked`)?.value;
}

function showNumbers(numbers) {
  const shape = JSON.stringify(numbers);
  if (shape === page.numbers) return;
  page.numbers = shape;
  const before = chosenIn("number");
  const first = numbers.find((each) => each.is_configured)?.number;
  $("numbers").replaceChildren();
  for (const { number, name, is_configured: isConfigured } of numbers) {
    const about = isConfigured ? (name === number ? "configured" : name) : "not configured yet: it has no voice URL";
    addChoice($("numbers"), {
      group: "number", value: number, title: number, about, disabled: !isConfigured, checked: number === (before ?? first),
    });
  }
  $("numbers-hint").hidden = Boolean(first);
  $("dial").disabled = !first;
}

function showCallers() {
  const first = page.personas.find((each) => each.name === "polite") ?? page.personas[0];
  for (const { name, title, about } of page.personas) {
    addChoice($("callers"), { group: "caller", value: name, title, about, checked: name === first.name });
  }
  addChoice($("callers"), {
    group: "caller", value: MYSELF, title: "Myself", about: "You press keys, pick sentences, type, or use your microphone.",
  });
}

async function place(event) {
  event.preventDefault();
  const caller = chosenIn("caller");
  const wanted = { to: chosenIn("number") ?? "" };
  if (caller === MYSELF) wanted.from = $("from").value.trim();
  else wanted.persona = caller;
  try {
    const { sid } = await ask("calls", wanted);
    complain("place-problem", "");
    if (caller === MYSELF) page.own.add(sid);
    pick(sid);
    $("line").scrollIntoView({ block: "nearest" });
  } catch (error) {
    complain("place-problem", error.message);
  }
}

// --- being on a call ------------------------------------------------------------------------------------------------

function pick(sid) {
  page.ear?.close();
  page.chosen = sid;
  page.ear = new Ear(sid, { isListener: !page.own.has(sid), onLevel: showLevel, onEnd: () => { showLevel(0); showMicrophone(); } });
  page.ear.mute($("mute").getAttribute("aria-pressed") === "true");
  showMicrophone();
  complain("line-problem", "");
  showLine();
  showCalls();
}

function showLevel(level) {
  $("level").style.setProperty("--level", `${Math.round(level * 100)}%`);
}

function isOver(call) {
  return call.ended_at_ms !== null;
}

function whatOf(call) {
  if (call.status === "in-progress" && call.room) return `in the conference ${call.room}`;
  if (call.status === "in-progress") return DOINGS[call.doing] ?? "connected";
  if (!isOver(call)) return "waiting for an answer";
  const caller = page.own.has(call.sid) ? "you hung up" : "the caller hung up";
  return { caller, callee: "the person hung up", application: "the far end hung up" }[call.ended_by] ?? "";
}

function nameOf(call) {
  if (page.own.has(call.sid)) return "You";
  const scripted = call.direction === "inbound" ? page.personas : page.agents;
  return scripted.find((each) => each.name === call.caller)?.title ?? OTHERS[call.caller] ?? call.caller;
}

function showLine() {
  const call = page.calls.find((each) => each.sid === page.chosen);
  const isKnown = Boolean(page.chosen);
  $("line-body").hidden = !isKnown;
  $("line-empty").hidden = isKnown;
  if (!call) {
    if (isKnown) for (const id of ["hangup", "microphone"]) $(id).disabled = true;
    return;
  }
  $("line-who").textContent = call.direction === "inbound" ? `${nameOf(call)} → ${call.to}` : `${call.from} → ${nameOf(call)}`;
  const what = [STATES[call.status] ?? call.status, whatOf(call)].filter(Boolean).join(" · ");
  if ($("line-what").textContent !== what) $("line-what").textContent = what;
  $("own").hidden = !page.own.has(call.sid);
  const isOpen = call.status === "in-progress";
  $("hangup").disabled = isOver(call);
  for (const button of document.querySelectorAll("#own button, #own input")) button.disabled = !isOpen;
  showMicrophone();
}

function addKeypad() {
  for (const key of "123456789*0#") {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = key;
    button.addEventListener("click", () => onLine("press", { digits: key }));
    $("keypad").append(button);
  }
}

function addSentences(sentences) {
  for (const text of sentences) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.addEventListener("click", () => onLine("say", { text }));
    item.append(button);
    $("sentences").append(item);
  }
}

async function toggleMicrophone() {
  const { ear } = page;
  if (ear.isMicrophoneOn) ear.closeMicrophone();
  else {
    try {
      await ear.openMicrophone();
      complain("line-problem", "");
    } catch (error) {
      complain("line-problem", `The browser gives no microphone: ${error.message}`);
      ear.closeMicrophone();
    }
  }
  showMicrophone();
}

function showMicrophone() {
  const isOn = Boolean(page.ear?.isMicrophoneOn);
  $("microphone").setAttribute("aria-pressed", String(isOn));
  $("microphone").textContent = isOn ? "Microphone is on" : "Use my microphone";
}

// --- the list -------------------------------------------------------------------------------------------------------

function rowOf(call) {
  const row = $("call").content.firstElementChild.cloneNode(true);
  row.dataset.sid = call.sid;
  row.querySelector("button").addEventListener("click", () => pick(call.sid));
  return row;
}

function showCalls() {
  const rows = new Map([...$("calls").children].map((row) => [row.dataset.sid, row]));
  const shown = page.calls.map((call) => {
    const row = rows.get(call.sid) ?? rowOf(call);
    const set = (part, text) => {
      const element = row.querySelector(part);
      if (element.textContent !== text) element.textContent = text;
    };
    row.className = `call${isOver(call) ? " over" : ""}${call.sid === page.chosen ? " chosen" : ""}`;
    row.querySelector(".badge").className = `badge ${call.status}`;
    set(".badge", STATES[call.status] ?? call.status);
    set(".who-calls", nameOf(call));
    set(".numbers", `${call.from} → ${call.to}`);
    set(".doing", whatOf(call));
    const button = row.querySelector("button");
    const isListening = call.sid === page.chosen && !isOver(call);
    button.disabled = isListening;
    button.hidden = isOver(call);
    set("button", isListening ? "Listening" : "Listen");
    button.setAttribute("aria-label", `Listen to the call from ${call.from}`);
    return row;
  });
  const wanted = new Set(shown);
  for (const row of rows.values()) if (!wanted.has(row)) row.remove();
  shown.forEach((row, place) => { if ($("calls").children[place] !== row) $("calls").insertBefore(row, $("calls").children[place] ?? null); });
  const live = page.calls.filter((call) => !isOver(call)).length;
  $("count").textContent = live ? `${live} live` : "";
  $("calls-empty").hidden = page.calls.length > 0;
  showTimers();
}

function showAgents(agents) {
  $("agents-card").hidden = agents.length === 0;
  $("agents").replaceChildren(...agents.map(({ address, title, status }) => {
    const row = document.createElement("li");
    row.textContent = `${address}: ${title || "scripted"}${status ? ` · ${(STATES[status] ?? status).toLowerCase()}` : ""}`;
    return row;
  }));
}

function showTimers() {
  const passed = performance.now() - page.received;
  for (const call of page.calls) {
    const seconds = Math.max(0, Math.floor(isOver(call) ? call.duration_s : (call.age_ms + passed) / 1000));
    const text = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    const row = $("calls").querySelector(`[data-sid="${call.sid}"] .timer`);
    if (row) row.textContent = text;
    if (call.sid === page.chosen) $("line-timer").textContent = text;
  }
}

function follow() {
  const socket = new WebSocket(`${location.origin.replace("http", "ws")}/_sandbox/live`);
  const say = (isLive, text) => {
    $("connection").classList.toggle("live", isLive);
    document.body.classList.toggle("stale", !isLive);
    $("connection-text").textContent = text;
  };
  socket.addEventListener("open", () => say(true, "Live"));
  socket.addEventListener("message", ({ data }) => {
    const { numbers, calls, agents } = JSON.parse(data);
    Object.assign(page, { calls, received: performance.now() });
    showNumbers(numbers);
    showAgents(agents);
    showCalls();
    showLine();
  });
  socket.addEventListener("close", () => {
    say(false, "Reconnecting…");
    setTimeout(follow, 1000);
  });
}

// --- start ----------------------------------------------------------------------------------------------------------

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  $("theme").textContent = theme === "dark" ? "Light" : "Dark";
  localStorage.setItem("theme", theme);
}

function isDark() {
  const { theme } = document.documentElement.dataset;
  return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

async function start() {
  if (localStorage.getItem("theme")) setTheme(localStorage.getItem("theme"));
  else $("theme").textContent = isDark() ? "Light" : "Dark";
  $("theme").addEventListener("click", () => setTheme(isDark() ? "light" : "dark"));
  const { personas, agents, sentences } = await (await fetch("/_sandbox/phone.json")).json();
  Object.assign(page, { personas, agents });
  showCallers();
  addKeypad();
  addSentences(sentences);
  $("place").addEventListener("submit", place);
  $("place").addEventListener("change", () => { $("from-field").hidden = chosenIn("caller") !== MYSELF; });
  $("hangup").addEventListener("click", () => onLine("hangup"));
  $("microphone").addEventListener("click", toggleMicrophone);
  $("mute").addEventListener("click", () => {
    const isMuted = $("mute").getAttribute("aria-pressed") !== "true";
    $("mute").setAttribute("aria-pressed", String(isMuted));
    $("mute").textContent = isMuted ? "Muted" : "Mute";
    page.ear?.mute(isMuted);
  });
  $("say").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = $("text").value.trim();
    if (text) onLine("say", { text });
    $("text").value = "";
  });
  document.addEventListener("keydown", (event) => {
    const isTyping = ["text", "tel"].includes(document.activeElement?.type);
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey || $("own").hidden) return;
    if (/^[0-9*#]$/.test(event.key)) onLine("press", { digits: event.key });
  });
  setInterval(showTimers, 500);
  follow();
}

start();
