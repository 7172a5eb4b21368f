// Shows the state that the server sends with each event. All texts are set as text, never as HTML.
"use strict";

const $ = (id) => document.getElementById(id);
let state = null;
let index = 0; // of the message that is shown
let shownNumber = -1; // of the check that is shown
let hintsOf = null; // the step whose hints are shown
let level = 0; // of the last hint that is shown
let began = Date.now(); // when the present check began

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// `code` in backticks becomes an element.
function prose(element, text) {
  if (element.dataset.text === text) return;
  element.dataset.text = text;
  element.replaceChildren(...text.split("`").map((part, number) => (number % 2 ? make("code", part) : part)));
}

function make(tag, text, attributes = {}) {
  const element = document.createElement(tag);
  element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

async function send(path, body) {
  const options = body === undefined ? {} : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(path, { method: "POST", ...options });
  const said = await answer.json();
  if (!answer.ok) throw new Error(typeof said.detail === "string" ? said.detail : "That did not work.");
  return said;
}

function show() {
  const { page, file, number } = state;
  const fresh = number !== shownNumber;
  if (!state.doing) began = 0;
  else began ||= Date.now();
  showDoing();
  put($("file"), file.saved ? `${file.path}, saved at ${file.saved}` : `${file.path}: there is no such file yet.`);
  $("warning").hidden = !file.warning;
  put($("warning"), file.warning);
  if (fresh) {
    shownNumber = number;
    index = 0;
  }
  if (page) {
    showMessage(page);
    showLadder(page);
    if (fresh) announce(page);
  }
  showApp();
}

function showDoing() {
  if (!state) return;
  const seconds = Math.round((Date.now() - began) / 1000);
  put($("doing"), state.doing ? `${state.doing}${seconds > 2 ? ` ${seconds} s` : ""}` : `Checked at ${state.checked}. Each save is checked at once.`);
}

function showMessage(page) {
  const message = page.messages[index];
  $("turn").hidden = page.messages.length < 2;
  $("hints").hidden = !message;
  if (!message) {
    put($("now-title"), page.graded ? "✓ All done" : "✗ Not checked: correct this first");
    prose($("objective"), page.graded ? `${page.done} When you are ready, \`grade submit\` in a terminal makes the zip to hand in.` : "");
    put($("subject"), "");
    showParts(page.graded ? [] : [["", page.reason]]);
    $("cause").hidden = true;
    document.title = page.graded ? "✓ All done" : "✗ Not checked";
    return;
  }
  put($("now-title"), `${index ? "Also" : "Next"}: step ${message.step}, ${message.title}`);
  prose($("objective"), message.objective);
  put($("subject"), `✗ ${message.subject}`);
  showParts(message.parts);
  $("cause").hidden = !message.often;
  prose($("cause"), message.often);
  put($("place"), `Message ${index + 1} of ${page.messages.length}`);
  document.title = `✗ Step ${message.step}: ${message.title}`;
  if (hintsOf !== message.step) {
    hintsOf = message.step;
    level = 0;
    $("shown-hints").replaceChildren();
  }
  showHintButton(page.rows.find((row) => row.step === message.step).hints);
}

function showParts(parts) {
  const text = JSON.stringify(parts);
  if ($("parts").dataset.text === text) return;
  $("parts").dataset.text = text;
  $("parts").replaceChildren(...parts.flatMap(([label, words]) =>
    [make("dt", label || "reason"), make("dd", words)]));
}

function showHintButton(all) {
  put($("hints-title"), `Hints for step ${hintsOf}`);
  const button = $("hint");
  button.disabled = level >= all;
  put(button, level < all ? `Show hint ${level + 1} of ${all}` : `All ${all} hints are shown`);
}

function showLadder(page) {
  put($("marks"), page.marks);
  $("track").hidden = !page.graded;
  const [, have, most] = /^([\d.]+) of ([\d.]+)/.exec(page.marks) || [0, 0, 1];
  $("filled").style.width = `${(100 * have) / most}%`;
  const current = page.messages[index] && page.messages[index].step;
  const text = JSON.stringify([page.rows, state.progress, current]);
  if ($("ladder").dataset.text === text) return;
  $("ladder").dataset.text = text;
  $("ladder").replaceChildren(...page.rows.map((row) => {
    const known = state.progress[row.step] || { first_done: "", hints: [] };
    const line = make("tr", "", row.step === current ? { class: "current", "aria-current": "step" } : {});
    const title = make("th", `${row.step}. ${row.title}`, { scope: "row" });
    const notes = [known.first_done && `first done ${known.first_done}`, known.hints.length && `hints read: ${known.hints.length}`];
    if (notes.some(Boolean)) title.append(make("small", notes.filter(Boolean).join(", ")));
    const cell = make("td", "");
    cell.append(make("span", `${row.sign} ${row.state}`, { class: { "✓": "good", "✗": "bad" }[row.sign] || "soft" }));
    if (row.tests) cell.append(make("small", row.tests));
    line.append(title, cell, make("td", row.marks, { class: "number" }));
    return line;
  }));
}

// What a screen reader says after a check; the rest of the page changes in silence.
function announce(page) {
  const message = page.messages[0];
  const next = message ? `Next: step ${message.step}, ${message.title}.` : page.done;
  const told = page.graded ? `Checked. ${page.marks} ${next}` : `Not checked: ${page.reason.split("\n")[0]}`;
  const lines = state.news.length ? state.news : [told];
  $("status").replaceChildren(...lines.map((line) => {
    const paragraph = make("p", "");
    prose(paragraph, line);
    return paragraph;
  }));
}

function showApp() {
  const { app } = state;
  const words = {
    stopped: "Your app is not running.",
    starting: "Your app does not answer yet. The first start fetches the model (93 MB); if it takes long, see below what was printed.",
    running: "Your app runs, and starts again after each save. Its own page: ",
    failed: "It ended. What it printed says why.",
  };
  if ($("app-state").dataset.text !== words[app.state] + app.url) {
    $("app-state").dataset.text = words[app.state] + app.url;
    put($("app-state"), words[app.state]);
    if (app.state === "running") $("app-state").append(make("a", `${app.url}/docs`, { href: `${app.url}/docs`, target: "_blank", rel: "noopener" }));
  }
  const on = app.state === "starting" || app.state === "running";
  $("start").hidden = on;
  $("stop").hidden = !on;
  const printed = $("printed");
  const end = printed.scrollHeight - printed.scrollTop - printed.clientHeight < 30;
  put(printed, app.lines.join("\n") || "Nothing yet.");
  if (end) printed.scrollTop = printed.scrollHeight;
  if (app.state === "failed") printed.parentElement.open = true;
  const now = app.weather;
  $("sky").disabled = !now;
  put($("sky-now"), now
    ? `Now: ${now.weather}${now.times ? `, for the next ${now.times} requests` : ""}.`
    : on ? "Only the small model on this computer has weather, once it runs." : "Start your app to change it.");
  for (const button of $("weather").children) {
    const pressed = Boolean(now) && now.weather === button.dataset.name;
    button.setAttribute("aria-pressed", String(pressed));
    put(button.firstChild, `${pressed ? "✓ " : ""}${button.dataset.name}`);
  }
}

function turn(by) {
  if (!state) return;
  const all = state.page.messages.length;
  index = (index + by + all) % all;
  show();
}

$("previous").addEventListener("click", () => turn(-1));
$("following").addEventListener("click", () => turn(1));
$("again").addEventListener("click", () => send("/api/check"));
$("start").addEventListener("click", () => send("/api/app/start"));
$("stop").addEventListener("click", () => send("/api/app/stop"));
$("hint").addEventListener("click", async () => {
  const step = hintsOf;
  const { text } = await send("/api/hint", { step, level: level + 1 });
  if (step !== hintsOf || !state) return;
  level += 1;
  $("shown-hints").append(text.includes("\n") ? make("li", "") : make("li", text));
  if (text.includes("\n")) $("shown-hints").lastChild.append(make("pre", text, { role: "region", tabindex: "0", "aria-label": `Hint ${level}` }));
  show();
});

$("message").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("ask").requestSubmit();
});
$("ask").addEventListener("submit", async (event) => {
  event.preventDefault();
  if ($("send").disabled) return;
  $("send").disabled = true;
  const began = Date.now();
  put($("answer-status"), "Asking …");
  const clock = setInterval(() => put($("send"), `Asking, ${Math.round((Date.now() - began) / 1000)} s …`), 1000);
  try {
    const { status, phrase, text, seconds } = await send("/api/ask", { message: $("message").value });
    put($("answer-status"), status ? `${status} ${phrase}, after ${seconds} s` : text);
    put($("answer"), status ? text : "");
    $("answer").hidden = !status;
  } catch (problem) {
    put($("answer-status"), problem.message);
  } finally {
    clearInterval(clock);
    put($("send"), "POST /generate");
    $("send").disabled = false;
  }
});

async function begin() {
  const all = await (await fetch("/api/weather")).json();
  for (const [name, about] of Object.entries(all)) {
    const button = make("button", "", { type: "button", "aria-pressed": "false", "data-name": name });
    const words = make("span", "");
    prose(words, about);
    button.append(make("span", name, { class: "name" }), words);
    button.addEventListener("click", async () => {
      const times = $("times").value;
      try {
        await send("/api/weather", { weather: name, ...(times && { times: Number(times) }) });
      } catch (problem) {
        put($("sky-now"), problem.message);
      }
    });
    $("weather").append(button);
  }
  const events = new EventSource("/api/events");
  events.onmessage = (event) => {
    state = JSON.parse(event.data);
    show();
  };
  events.onerror = () => {
    state = null;
    put($("doing"), "No connection to grade ui. Does it still run in the terminal? Start it again there: the page then has a new address.");
  };
  setInterval(showDoing, 1000);
}

begin();
