import { ApiError, Client, message } from "larkspur";

// The page knows no secret and no token: its own backend adds them behind this path.
const client = new Client({ baseUrl: "/lark" });

const at = (id) => document.getElementById(id);
let people;

at("session").addEventListener("submit", (event) => {
  event.preventDefault();
  signIn(at("name").value);
});
at("sign-out").addEventListener("click", signOut);
at("send").addEventListener("submit", (event) => {
  event.preventDefault();
  during(event.submitter, at("send-status"), send);
});
at("more").addEventListener("click", (event) => during(event.target, at("people-status"), morePeople));
at("calendars").addEventListener("click", (event) => during(event.target, undefined, listCalendars));
show(await (await fetch("/session")).json());

async function send() {
  const sent = await client.im.v1.message.create({
    receive_id_type: "chat_id",
    receive_id: at("chat").value,
    content: message.text(at("text").value),
  });
  at("sent").prepend(row(at("text").value, sent.message_id));
  return "Sent";
}

async function morePeople() {
  people ??= client.contact.v3.user.findByDepartment.pages({ department_id: "0", page_size: 20 })[Symbol.asyncIterator]();
  const { value, done } = await people.next();
  if (done) return "That is everybody";
  at("people").hidden = false;
  at("people").append(
    ...value.items.map((user) => row(user.en_name ? `${user.name} · ${user.en_name}` : user.name, user.open_id)),
  );
  at("more").textContent = "Show more";
  return `${at("people").childElementCount} people`;
}

async function listCalendars() {
  at("error").hidden = true;
  try {
    await client.calendar.v4.calendar.list();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    at("error-name").textContent = error.name;
    at("error-text").textContent = `${error.operation} was refused with code ${error.code}.`;
    at("error-message").textContent = error.message;
    at("scopes").replaceChildren(...error.missingScopes.map((scope) => row(scope)));
    at("log-id").textContent = error.logId;
    at("error").hidden = false;
  }
}

async function signIn(name) {
  const headers = { "content-type": "application/json" };
  show(await (await fetch("/session", { method: "POST", headers, body: JSON.stringify({ name }) })).json());
  at("sign-out").focus();
}

async function signOut() {
  show(await (await fetch("/session", { method: "DELETE" })).json());
  at("name").focus();
}

function show({ name }) {
  const isIn = name !== null;
  people = undefined;
  at("people").replaceChildren();
  at("people").hidden = at("error").hidden = true;
  at("sent").replaceChildren();
  at("more").textContent = "Show people";
  at("who").textContent = name ?? "";
  at("session").hidden = at("hint").hidden = isIn;
  at("signed-in").hidden = !isIn;
  for (const status of document.querySelectorAll(".status")) status.textContent = "";
  document.body.dataset.ready = "yes";
}

/** Does something while its button is off, and says how it went. */
async function during(button, status, work) {
  button.disabled = true;
  const say = (text, isBad) => {
    if (!status) return;
    status.textContent = text;
    status.classList.toggle("bad", isBad);
  };
  say("…", false);
  try {
    say(await work(), false);
  } catch (error) {
    say(error.message, true);
  } finally {
    button.disabled = false;
    button.focus();
  }
}

function row(text, detail) {
  const item = document.createElement("li");
  item.textContent = text;
  if (detail) item.append(Object.assign(document.createElement("small"), { textContent: detail }));
  return item;
}
