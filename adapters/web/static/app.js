// The page stays as the server made it; this script keeps it up to date and moves through it by keys.
// A live piece names its address (data-live) and the streams that it shows (data-hears).
"use strict";
(() => {
  const root = document.documentElement;
  const policy = window.trustedTypes ? window.trustedTypes.createPolicy("parley", { createHTML: (html) => html }) : null;
  const units = (root.dataset.units || "s,min,h,d").split(",");
  const language = root.lang;

  // -- times: written in UTC by the server, shown in the reader's zone -------------------------------------------

  const hours = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const clock = new Intl.DateTimeFormat(language, hours);
  const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short" });
  const full = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", ...hours });

  function duration(seconds) {
    const sizes = [[86400, units[3]], [3600, units[2]], [60, units[1]]];
    for (const [size, unit] of sizes) if (seconds >= size) return `${Math.floor(seconds / size)} ${unit}`;
    return `${Math.max(Math.floor(seconds), 0)} ${units[0]}`;
  }

  function tell(time) {
    const moment = new Date(time.dateTime);
    const ago = (Date.now() - moment) / 1000;
    const shown = time.dataset.as;
    const text = shown === "wait" ? duration(ago)
      : shown === "full" ? full.format(moment)
      : moment.toDateString() === new Date().toDateString() ? clock.format(moment) : day.format(moment);
    if (time.textContent !== text) time.textContent = text;
    if (shown === "wait") time.classList.toggle("long", ago > 600);
    time.title = moment.toLocaleString(language);
  }

  const tellAll = (within) => within.querySelectorAll("time").forEach(tell);

  // -- replacing pieces: rows that did not change stay the same elements --------------------------------------------

  function parsed(html) {
    const template = document.createElement("template");
    template.innerHTML = policy ? policy.createHTML(html) : html;
    tellAll(template.content);
    return template.content;
  }

  const keyed = (parent) => new Map([...parent.children].filter((one) => one.dataset.key).map((one) => [one.dataset.key, one]));

  function merge(old, fresh, { keepOrder = false } = {}) {
    const known = keyed(old);
    const wanted = [...fresh.children];
    let added = 0;
    wanted.forEach((one, place) => {
      const mine = known.get(one.dataset.key);
      known.delete(one.dataset.key);
      if (mine && !mine.isEqualNode(one)) mine.replaceWith(one);
      const now = mine && mine.isConnected ? mine : one;
      if (keepOrder) { if (!mine) added += 1; return; }
      if (old.children[place] !== now) old.insertBefore(now, old.children[place] || null);
    });
    if (!keepOrder) known.forEach((one) => one.remove());
    return added;
  }

  function replace(piece, fresh) {
    const lists = ["ol.rows", "ol.transcript", ".board"];
    const selector = lists.find((one) => piece.querySelector(one) && fresh.querySelector(one));
    if (!selector) { piece.replaceChildren(...fresh.childNodes); return; }
    const old = piece.querySelector(selector), next = fresh.querySelector(selector);
    const hovered = selector === "ol.rows" && old.matches(":hover");
    const atEnd = selector === "ol.transcript" && old.scrollHeight - old.scrollTop - old.clientHeight < 80;
    const added = merge(old, next, { keepOrder: hovered });
    const parts = [...fresh.children], place = parts.indexOf(next), scrolled = old.scrollTop;
    [...piece.children].filter((one) => one !== old).forEach((one) => one.remove());
    parts.slice(0, place).forEach((one) => old.before(one));
    parts.slice(place + 1).reverse().forEach((one) => old.after(one));
    old.scrollTop = atEnd ? old.scrollHeight : scrolled;
    const news = piece.querySelector(".news");
    if (news) news.hidden = !added;
  }

  async function refresh(piece) {
    if (piece.dataset.asking) { piece.dataset.again = "yes"; return; }
    piece.dataset.asking = "yes";
    try {
      const address = piece.dataset.live;
      const response = await fetch(address, { headers: { accept: "text/html" } });
      if (response.status === 401 || response.redirected) { location.assign("/login"); return; }
      if (!response.ok || address !== piece.dataset.live) return;
      const fresh = parsed(await response.text());
      const views = fresh.querySelector("[data-part=views]");
      if (views) document.getElementById("views").replaceChildren(...views.childNodes);
      const own = fresh.querySelector("[data-part=list]") || fresh.getElementById(piece.id) || fresh;
      replace(piece, own);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // a network failure: the stream will come back and ask again
    } finally {
      delete piece.dataset.asking;
      if (piece.dataset.again) { delete piece.dataset.again; refresh(piece); }
    }
  }

  const live = () => [...document.querySelectorAll("[data-live]")];
  const hears = (piece, streams) => piece.dataset.hears.split(" ").some((name) => streams.some((one) => one.startsWith(name)));

  // -- the stream ------------------------------------------------------------------------------------------------------

  function state(name) {
    const light = document.querySelector(".state");
    if (!light) return;
    light.dataset.state = name;
    light.title = name === "live" ? light.dataset.liveWord : light.dataset.connectingWord;
  }

  function listen(after) {
    const source = new EventSource(`/live?after=${after}`);
    source.addEventListener("caught-up", () => state("live"));
    source.addEventListener("reset", () => live().forEach(refresh));
    source.addEventListener("changed", (event) => {
      const { position, streams } = JSON.parse(event.data);
      root.dataset.position = position;
      live().filter((piece) => hears(piece, streams)).forEach(refresh);
    });
    source.addEventListener("error", () => {
      state("connecting");
      if (source.readyState !== EventSource.CLOSED) return; // it reconnects by itself, with the last id
      setTimeout(async () => {
        const answer = await fetch("/agents", { method: "GET", redirect: "manual" }).catch(() => null);
        if (answer && answer.type === "opaqueredirect") location.assign("/login");
        else listen(root.dataset.position || 0);
      }, 3000);
    });
  }

  // -- choosing a dialog -------------------------------------------------------------------------------------------------

  const pane = document.getElementById("dialog");
  const list = document.getElementById("list");

  async function open(link, { push = true } = {}) {
    const id = link.dataset.dialog;
    pane.dataset.live = `/inbox/dialog/${encodeURIComponent(id)}`;
    pane.dataset.hears = `dialog-${id}`;
    document.querySelectorAll(".row[aria-current]").forEach((one) => one.removeAttribute("aria-current"));
    link.setAttribute("aria-current", "true");
    const address = new URL(list.dataset.live, location.href);
    address.searchParams.set("dialog", id);
    list.dataset.live = address.pathname + address.search;
    if (push) history.pushState({}, "", link.href);
    document.body.classList.add("with-dialog");
    const old = pane.querySelector("ol.transcript");
    if (old) old.remove();
    await refresh(pane);
    const transcript = pane.querySelector("ol.transcript");
    if (transcript) transcript.scrollTop = transcript.scrollHeight;
  }

  function step(by) {
    const rows = [...document.querySelectorAll("a.row")];
    if (!rows.length) return;
    const at = rows.findIndex((one) => one.hasAttribute("aria-current"));
    const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
    if (!next.hasAttribute("aria-current")) open(next);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.row");
    if (link && pane && !event.metaKey && !event.ctrlKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      open(link);
    }
    if (event.target.closest(".news")) { list.querySelector(".news").hidden = true; settle(); }
  });

  // Keys go by their place on the keyboard, so that they work on every layout; never while somebody types.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    if (!pane || localStorage.getItem("shortcuts") === "off") return;
    if (event.code === "KeyJ") step(1);
    if (event.code === "KeyK") step(-1);
  });

  // The order of the list waits while the pointer is on it; what is new shows when it leaves.
  function settle() {
    const rows = list.querySelector("ol.rows");
    rows.style.pointerEvents = "none";
    requestAnimationFrame(() => refresh(list).finally(() => { rows.style.pointerEvents = ""; }));
  }
  if (list) list.addEventListener("pointerleave", () => { if (!list.querySelector(".news").hidden) refresh(list); });

  const keys = document.querySelector(".keys-switch input");
  if (keys) {
    keys.checked = localStorage.getItem("shortcuts") !== "off";
    keys.addEventListener("change", () => localStorage.setItem("shortcuts", keys.checked ? "on" : "off"));
  }

  window.addEventListener("popstate", () => location.reload());
  tellAll(document);
  setInterval(() => tellAll(document), 15000);
  // A file that arrives is no event of its dialog: as long as one is awaited, it is looked for.
  setInterval(() => live().filter((piece) => piece.querySelector("[data-waits]")).forEach(refresh), 3000);
  const transcript = document.querySelector("ol.transcript");
  if (transcript) transcript.scrollTop = transcript.scrollHeight;
  if (root.dataset.position) listen(root.dataset.position);
})();
