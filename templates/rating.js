// The rating page: one comparison after the other, kept in this browser, saved as a file.
// Whatever models wrote is set as text and never as markup; the content security policy of the
// page forbids anything else, and every request.
(() => {
  "use strict";

  const VERDICTS = ["A", "B", "tie", "skip"];
  const IN_WORDS = { A: "A is better", B: "B is better", tie: "No difference", skip: "Skipped" };
  const TOO_SOON = 300; // ms: a key hit twice by mistake must not rate what nobody has read
  const FORMAT = 1;

  const at = (id) => document.getElementById(id);
  const task = JSON.parse(at("task").textContent);
  const pairs = task.comparisons;
  const place = new Map(pairs.map((pair, i) => [pair.id, i]));
  const KEY = `evalreport-rating-${task.page}`;
  const LOOK = "evalreport-rating-look";

  // Keeping: in this browser where it lets us, else in memory, with a warning

  let keeps = true;
  function recall(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  }
  function keep(key, value) {
    try {
      localStorage.setItem(key, JSON.stringify(value));
      if (!keeps) warn("");
      keeps = true;
    } catch {
      keeps = false;
      warn("This browser keeps nothing when the page is closed. Download your ratings (Menu) before you close it.");
    }
  }
  function warn(words) {
    at("warning").textContent = words;
    at("warning").hidden = !words;
  }

  function fresh() {
    const bytes = crypto.getRandomValues(new Uint8Array(8));
    return {
      session: Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(""),
      rater: "",
      started: now(),
      finished: null,
      ratings: {}, // by id: {verdict, seconds}
      notes: {}, // by id
      seconds: {}, // by id, before a verdict
      trail: [], // ids in the order in which they were rated
    };
  }
  function whole(kept) {
    // What is kept may be of another version or mended by hand: only what fits is taken.
    const state = fresh();
    if (kept === null || typeof kept !== "object") return state;
    for (const name of ["session", "rater", "started"]) {
      if (typeof kept[name] === "string" && kept[name]) state[name] = kept[name];
    }
    for (const pair of pairs) {
      const rating = kept.ratings?.[pair.id];
      if (rating && allowed(rating.verdict)) {
        state.ratings[pair.id] = { verdict: rating.verdict, seconds: positive(rating.seconds) };
      }
      const note = kept.notes?.[pair.id];
      if (typeof note === "string" && note) state.notes[pair.id] = note;
      const seconds = positive(kept.seconds?.[pair.id]);
      if (seconds) state.seconds[pair.id] = seconds;
    }
    const trail = Array.isArray(kept.trail) ? kept.trail : [];
    state.trail = [...new Set(trail.filter((id) => state.ratings[id]))];
    if (typeof kept.finished === "string" && !firstOpen(state)) state.finished = kept.finished;
    return state;
  }
  const allowed = (verdict) => VERDICTS.includes(verdict) && (task.ties || verdict !== "tie");
  const positive = (number) => (Number.isFinite(number) && number > 0 ? number : 0);
  const now = () => new Date().toISOString().replace(/\.\d+Z$/, "Z");

  // Where we are

  let state = whole(recall(KEY));
  let current = null; // the pair that is shown
  let shownAt = 0;
  let since = null; // when the clock of the pair last began to run
  let saved = true; // whether all that was said is in this browser or in a file

  const done = () => Object.keys(state.ratings).length;
  const skipped = () => Object.values(state.ratings).filter((one) => one.verdict === "skip").length;
  function firstOpen(of, from = 0) {
    const later = pairs.slice(from).find((pair) => !of.ratings[pair.id]);
    return later ?? pairs.find((pair) => !of.ratings[pair.id]) ?? null;
  }
  function store() {
    keep(KEY, state);
    saved = keeps;
  }

  // The clock runs while the pair can be seen

  function runClock() {
    since = document.visibilityState === "visible" ? performance.now() : null;
  }
  function stopClock() {
    if (current && since !== null) {
      const spent = (performance.now() - since) / 1000;
      state.seconds[current.id] = (state.seconds[current.id] ?? 0) + spent;
    }
    since = null;
  }
  document.addEventListener("visibilitychange", () => {
    stopClock();
    if (current) runClock();
    if (document.visibilityState === "hidden" && current) store();
  });

  // Showing

  function show(screen) {
    document.body.dataset.screen = screen;
    for (const name of ["start", "rating", "done"]) at(name).hidden = name !== screen;
    at("actions").hidden = screen !== "rating";
    count();
  }
  function count() {
    at("count").textContent = `${done()} of ${pairs.length}`;
    at("progress").value = done();
    document.title = done() ? `${done()} of ${pairs.length} · ${task.title}` : task.title;
    for (const button of document.querySelectorAll("[data-undo]")) {
      button.disabled = !state.trail.length;
    }
    at("kept").textContent = keeps
      ? `${done()} of ${pairs.length} rated, kept in this browser.`
      : `${done()} of ${pairs.length} rated, kept nowhere but on this page: download them.`;
  }
  function text(tag, className, words) {
    const made = document.createElement(tag);
    made.className = className;
    made.textContent = words;
    return made;
  }
  function goTo(pair) {
    stopClock();
    current = pair;
    if (!pair) return finish();
    show("rating");
    const number = place.get(pair.id) + 1;
    at("heading").textContent = `Pair ${number} of ${pairs.length}`;
    at("conversation").replaceChildren(
      ...pair.turns.map((turn) => {
        const made = text("div", "turn", "");
        const said = text("div", "text", turn.text);
        said.dir = "auto";
        made.append(text("p", "who", turn.who), said);
        return made;
      }),
    );
    at("text-a").textContent = pair.a;
    at("text-b").textContent = pair.b;
    at("note").value = state.notes[pair.id] ?? "";
    openNote(Boolean(state.notes[pair.id]), false);
    aim(null);
    for (const side of ["answer-a", "answer-b"]) {
      at(side).classList.remove("arrives");
      void at(side).offsetWidth; // begins the animation anew
      at(side).classList.add("arrives");
    }
    scrollTo(0, 0);
    const asked = at("conversation");
    asked.scrollTop = pair.turns.length > 1 ? asked.scrollHeight : 0; // the last turn matters most
    at("heading").focus({ preventScroll: true });
    shownAt = performance.now();
    runClock();
  }
  function finish() {
    if (!state.finished) state.finished = now();
    store();
    show("done");
    const n = skipped();
    at("done-said").textContent =
      `You have been through all ${pairs.length} pairs` + (n ? `, and skipped ${n} of them.` : ".");
    at("revisit").hidden = !n;
    at("revisit").textContent = `Go through the skipped ${n === 1 ? "one" : n} again`;
    scrollTo(0, 0);
    at("done-heading").focus({ preventScroll: true });
  }

  // Saying

  function say(verdict) {
    if (!current || !allowed(verdict) || performance.now() - shownAt < TOO_SOON) return;
    stopClock();
    takeNote();
    const id = current.id;
    state.ratings[id] = { verdict, seconds: state.seconds[id] ?? 0 };
    state.trail = [...state.trail.filter((one) => one !== id), id];
    store();
    const number = place.get(id) + 1;
    at("said").textContent = `Pair ${number}: ${IN_WORDS[verdict]}`;
    goTo(firstOpen(state, number));
  }
  function undo() {
    const id = state.trail.pop();
    if (!id) return;
    takeNote();
    delete state.ratings[id];
    state.finished = null;
    const pair = pairs[place.get(id)];
    goTo(pair);
    store();
    at("said").textContent = `Pair ${place.get(id) + 1}: undone`;
  }
  function revisit() {
    for (const [id, rating] of Object.entries(state.ratings)) {
      if (rating.verdict === "skip") delete state.ratings[id];
    }
    state.trail = state.trail.filter((id) => state.ratings[id]);
    state.finished = null;
    goTo(firstOpen(state));
    store();
  }
  function takeNote() {
    if (!current) return;
    const words = at("note").value.trim();
    if (words) state.notes[current.id] = words;
    else delete state.notes[current.id];
  }
  function openNote(open, focus = true) {
    at("note-area").hidden = !open;
    at("note-open").setAttribute("aria-expanded", String(open));
    if (open && focus) at("note").focus();
  }
  function aim(side) {
    for (const one of ["a", "b"]) {
      if (side === one || side === "both") at(`answer-${one}`).dataset.aimed = "";
      else delete at(`answer-${one}`).dataset.aimed;
    }
  }

  // Files

  function content() {
    takeNote();
    const rated = pairs.filter((pair) => state.ratings[pair.id]);
    return {
      evalreport_ratings: FORMAT,
      page: task.page,
      asked: task.asked,
      page_number: task.rater,
      rater: state.rater.trim(),
      session: state.session,
      started: state.started,
      saved: now(),
      finished: state.finished,
      ratings: rated.map((pair) => ({
        id: pair.id,
        first: pair.slot,
        verdict: state.ratings[pair.id].verdict,
        note: state.notes[pair.id] ?? "",
        seconds: Math.round(state.ratings[pair.id].seconds * 10) / 10,
        place: place.get(pair.id) + 1,
      })),
    };
  }
  const asText = () => `${JSON.stringify(content(), null, 1)}\n`;
  function download() {
    const who = state.rater.trim().toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "");
    const name = `ratings-${who || `rater-${task.rater}`}-${task.page.slice(0, 8)}.json`;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([asText()], { type: "application/json" }));
    link.download = name;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    saved = true;
    at("file-said").textContent = `Saved as ${name}.`;
    if (document.body.dataset.screen === "done") {
      at("done-said").textContent = `Saved as ${name}, among your downloads.`;
    }
  }
  function take(words) {
    let held;
    try {
      held = JSON.parse(words);
    } catch {
      return "That file cannot be read: it is no file of ratings, or it was cut.";
    }
    if (held?.evalreport_ratings !== FORMAT || !Array.isArray(held.ratings)) {
      return "That is no file of ratings.";
    }
    if (held.asked !== task.asked) return "Those ratings answer another question than this page asks.";
    const known = held.ratings.filter(
      (one) => one && place.has(one.id) && allowed(one.verdict) && typeof one.first === "string",
    );
    if (!known.length) return "None of those ratings is about a pair of this page.";
    takeNote();
    const isNew = !done();
    let taken = 0;
    for (const one of known) {
      const pair = pairs[place.get(one.id)];
      if (state.ratings[pair.id]) continue;
      const turned = { A: "B", B: "A" };
      const verdict = one.first === pair.slot ? one.verdict : (turned[one.verdict] ?? one.verdict);
      state.ratings[pair.id] = { verdict, seconds: positive(one.seconds) };
      state.seconds[pair.id] = positive(one.seconds);
      if (typeof one.note === "string" && one.note) state.notes[pair.id] ??= one.note;
      state.trail.push(pair.id);
      taken += 1;
    }
    if (isNew) {
      if (typeof held.session === "string" && /^[0-9a-f]{8,64}$/.test(held.session)) state.session = held.session;
      if (typeof held.started === "string" && held.started) state.started = held.started.slice(0, 40);
    }
    if (!state.rater.trim() && typeof held.rater === "string") called(held.rater.slice(0, 80));
    store();
    const other = held.ratings.length - known.length;
    return `${taken} of ${held.ratings.length} ratings were taken from the file` +
      (other ? `; ${other} are not about this page.` : ".");
  }
  async function openFile() {
    const file = at("file").files[0];
    at("file").value = "";
    if (!file) return;
    const words = take(await file.text());
    const screen = document.body.dataset.screen;
    if (screen === "start") invite();
    else goTo(firstOpen(state));
    at("file-said").textContent = words;
    if (!at("menu").open) warn(words);
  }
  function called(name) {
    state.rater = name;
    for (const id of ["rater", "rater-again"]) if (at(id).value !== name) at(id).value = name;
  }

  // Wiring

  const on = (id, what, does) => at(id).addEventListener(what, does);
  on("choose-a", "click", () => say("A"));
  on("choose-b", "click", () => say("B"));
  on("choose-tie", "click", () => say("tie"));
  on("skip", "click", () => say("skip"));
  on("note-open", "click", () => openNote(at("note-area").hidden));
  on("note", "change", () => {
    takeNote();
    store();
  });
  on("revisit", "click", revisit);
  for (const button of document.querySelectorAll("[data-undo]")) button.addEventListener("click", undo);
  for (const button of document.querySelectorAll("[data-download]")) button.addEventListener("click", download);
  for (const button of document.querySelectorAll("[data-open-file]")) {
    button.addEventListener("click", () => at("file").click());
  }
  on("file", "change", openFile);
  for (const [id, side] of [["choose-a", "a"], ["choose-b", "b"], ["choose-tie", "both"]]) {
    for (const what of ["pointerenter", "focus"]) on(id, what, () => aim(side));
    for (const what of ["pointerleave", "blur"]) on(id, what, () => aim(null));
  }
  for (const id of ["rater", "rater-again"]) {
    on(id, "input", (event) => {
      called(event.target.value);
      store();
    });
  }
  on("begin", "click", () => {
    warn("");
    if (!done()) state.started = now();
    store();
    goTo(firstOpen(state));
  });
  on("menu-open", "click", openMenu);
  on("menu-close", "click", () => at("menu").close());
  on("menu", "click", (event) => {
    if (event.target === at("menu")) at("menu").close(); // beside it
  });
  on("as-text", "click", () => {
    at("text-area").hidden = false;
    at("text").value = asText();
    at("text").select();
  });
  function openMenu() {
    count();
    at("text-area").hidden = true;
    at("file-said").textContent = "";
    at("menu").showModal();
  }

  const KEYS = {
    1: () => say("A"), a: () => say("A"), arrowleft: () => say("A"),
    2: () => say("B"), b: () => say("B"), arrowright: () => say("B"),
    0: () => say("tie"), t: () => say("tie"), s: () => say("skip"),
    u: undo, backspace: undo, n: () => openNote(true), "?": openMenu,
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || at("menu").open) return;
    const screen = document.body.dataset.screen;
    if (event.target.matches("input, textarea")) {
      if (event.key === "Escape" && event.target === at("note")) {
        takeNote();
        store();
        openNote(Boolean(at("note").value.trim()), false);
        at("heading").focus({ preventScroll: true });
      }
      return;
    }
    const key = event.key.toLowerCase();
    if (key === "?") openMenu();
    else if (event.repeat || !at("use-keys").checked) return;
    else if (screen === "done" && key === "d") download();
    else if (screen === "done" && (key === "u" || key === "backspace")) undo();
    else if (screen === "rating" && Object.hasOwn(KEYS, key)) KEYS[key]();
    else return;
    event.preventDefault();
  });

  addEventListener("beforeunload", (event) => {
    if (!saved && done()) event.preventDefault();
  });
  addEventListener("pagehide", () => {
    if (!current) return;
    stopClock();
    takeNote();
    store();
  });
  addEventListener("pageshow", () => {
    if (current) runClock();
  });
  addEventListener("storage", (event) => {
    // The same page in another tab: both show what was said last, and nothing is lost.
    if (event.key !== KEY || event.newValue === null) return;
    current = null;
    since = null;
    state = whole(recall(KEY));
    called(state.rater);
    if (document.body.dataset.screen === "start") invite();
    else goTo(firstOpen(state));
    warn("This page is open twice. Both show the same ratings; close one of them.");
  });

  function look() {
    const kept = recall(LOOK);
    const theme = ["system", "light", "dark"].includes(kept?.theme) ? kept.theme : "system";
    at(`theme-${theme}`).checked = true;
    at("fixed").checked = kept?.fixed === true;
    at("use-keys").checked = kept?.keys !== false;
    document.body.toggleAttribute("data-fixed", at("fixed").checked);
  }
  function looked() {
    const theme = ["system", "light", "dark"].find((one) => at(`theme-${one}`).checked);
    document.body.toggleAttribute("data-fixed", at("fixed").checked);
    keep(LOOK, { theme, fixed: at("fixed").checked, keys: at("use-keys").checked });
  }
  for (const id of ["theme-system", "theme-light", "theme-dark", "fixed", "use-keys"]) on(id, "change", looked);

  function invite() {
    show("start");
    const open = firstOpen(state);
    const number = open ? place.get(open.id) + 1 : pairs.length;
    at("begin").textContent = !done() ? "Start" : open ? `Continue at pair ${number} of ${pairs.length}` : "See the end";
  }

  at("choose-tie").hidden = !task.ties;
  at("keys-tie").hidden = !task.ties;
  look();
  called(state.rater);
  store(); // finds out whether this browser keeps anything
  invite();
})();
