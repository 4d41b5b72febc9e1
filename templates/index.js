// The index of reports: search, filters and order over rows that are all on the page already.
// What is chosen stands in the address behind #, so that a view can be linked. Text of reports is
// only read, from attributes; nothing is ever set as markup, and nothing is asked of a network.
(() => {
  "use strict";

  const SELECTS = ["strength", "stamp", "kind", "model"];
  const ORDERS = {
    "": (a, b) => compare(b.dataset.built, a.dataset.built),
    oldest: (a, b) => compare(a.dataset.built, b.dataset.built),
    title: (a, b) => a.dataset.title.localeCompare(b.dataset.title, "en"),
    verdict: (a, b) => Number(a.dataset.rank) - Number(b.dataset.rank),
  };
  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  const at = (id) => document.getElementById(id);
  const form = at("controls");
  const list = at("entries");
  const rows = Array.from(list.children, (element, place) => ({
    element,
    place, // as the page came: what two equal rows are ordered by
    dataset: element.dataset,
    words: plain(element.dataset.search),
  }));
  const boxes = Array.from(form.querySelectorAll("input[name=outcome]"));

  function chosen() {
    const view = new URLSearchParams();
    const words = at("q").value.trim();
    if (words) view.set("q", words);
    const outcomes = boxes.filter((box) => box.checked).map((box) => box.value);
    if (outcomes.length) view.set("outcome", outcomes.join(","));
    for (const name of [...SELECTS, "sort"]) {
      if (at(name)?.value) view.set(name, at(name).value);
    }
    return view;
  }

  function choose(view) {
    at("q").value = view.get("q") ?? "";
    const outcomes = (view.get("outcome") ?? "").split(",");
    for (const box of boxes) box.checked = outcomes.includes(box.value);
    for (const name of [...SELECTS, "sort"]) {
      const select = at(name);
      if (!select) continue;
      const value = view.get(name) ?? "";
      const known = Array.from(select.options, (option) => option.value);
      select.value = known.includes(value) ? value : "";
    }
  }

  function show() {
    const view = chosen();
    const words = plain(view.get("q") ?? "").split(/\s+/).filter(Boolean);
    const outcomes = view.get("outcome")?.split(",");
    let count = 0;
    for (const row of rows) {
      const fits =
        words.every((word) => row.words.includes(word)) &&
        (!outcomes || outcomes.includes(row.dataset.outcome)) &&
        SELECTS.every((name) => !view.has(name) || row.dataset[name] === view.get(name));
      row.element.hidden = !fits;
      count += fits ? 1 : 0;
    }
    const order = ORDERS[view.get("sort") ?? ""];
    const sorted = [...rows].sort((a, b) => order(a, b) || a.place - b.place);
    if (sorted.some((row, i) => list.children[i] !== row.element)) {
      list.append(...sorted.map((row) => row.element));
    }
    at("none").hidden = count > 0;
    at("reset").hidden = view.toString() === "";
    at("shown").textContent =
      count === rows.length ? `All ${count} shown` : `${count} of ${rows.length} shown`;
    return view;
  }

  function keep() {
    const said = show().toString();
    history.replaceState(null, "", said ? `#${said}` : location.pathname + location.search);
  }

  // A name of a place on the page has no "=": it is left to the browser.
  const isView = () => location.hash === "" || location.hash.includes("=");
  function follow() {
    if (isView()) choose(new URLSearchParams(location.hash.slice(1)));
    show();
  }

  form.addEventListener("input", keep);
  form.addEventListener("submit", (event) => event.preventDefault());
  at("reset").addEventListener("click", () => {
    choose(new URLSearchParams());
    keep();
    at("q").focus();
  });
  addEventListener("hashchange", follow);
  form.hidden = rows.length < 2;
  follow();
})();
