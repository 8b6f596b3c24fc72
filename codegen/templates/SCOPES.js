// Filters, details and links of SCOPES.html. Without this script the page is a plain, complete table.
(() => {
  "use strict";
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const form = one("#filters"), table = one("#matrix"), status = one("#count");
  const clear = one("#clear"), unfold = one("#unfold"), none = one("#none");
  const groups = [...form.elements.group.options].slice(1).map((option) => option.value);
  const fold = (text) => text.toLowerCase();

  const tools = all("tr.tool").map((row) => {
    const about = row.nextElementSibling, head = one("th", row), button = document.createElement("button");
    const texts = [head, ...all("h3, p, dd", about)].map((node) => node.textContent).join("\n");
    const tool = {
      row, about, button, open: false, shown: true, text: fold(texts),
      effect: row.dataset.effect,
      toolset: row.parentElement.dataset.toolset,
      scopes: all(".needs code", row).map((code) => code.textContent),
      groups: groups.filter((_, index) => row.cells[index + 2].classList.contains("may")),
    };
    button.type = "button";
    button.setAttribute("aria-controls", about.id);
    // A place to break a line is a space to some readers; the name has none.
    button.setAttribute("aria-label", head.textContent);
    button.append(...head.childNodes);
    button.addEventListener("click", () => { tool.open = !tool.open; draw(); });
    head.append(button);
    return tool;
  });
  const sections = all("tbody", table).map((body) => (
    { body, many: one(".many", body), tools: tools.filter((tool) => body.contains(tool.row)) }
  ));

  const chosen = () => new URLSearchParams([...new FormData(form)].filter(([, value]) => value.trim()));

  function fits(tool, filter) {
    const is = (name, has) => !filter.has(name) || has(filter.get(name));
    return (!filter.has("effect") || filter.getAll("effect").includes(tool.effect))
      && is("toolset", (name) => tool.toolset === name)
      && is("group", (name) => tool.groups.includes(name))
      && is("scope", (name) => tool.scopes.includes(name))
      && is("q", (words) => fold(words).trim().split(/\s+/).every((word) => tool.text.includes(word)));
  }

  function draw() {
    for (const tool of tools) {
      tool.row.hidden = !tool.shown;
      tool.about.hidden = !(tool.shown && tool.open);
      tool.row.classList.toggle("open", tool.open);
      tool.button.setAttribute("aria-expanded", tool.open);
    }
    unfold.textContent = tools.some((tool) => tool.shown && !tool.open) ? "Open all" : "Close all";
  }

  function filter() {
    const filter = chosen(), total = tools.length, some = String(filter) !== "";
    for (const tool of tools) tool.shown = fits(tool, filter);
    for (const { body, many, tools } of sections) {
      const left = tools.filter((tool) => tool.shown).length;
      body.hidden = left === 0;
      many.textContent = left === tools.length ? left : `${left} of ${tools.length}`;
    }
    const shown = tools.filter((tool) => tool.shown).length;
    const text = `${some ? `${shown} of ` : ""}${total} tool${total === 1 ? "" : "s"}`;
    if (status.textContent !== text) status.textContent = text;
    clear.hidden = !some;
    none.hidden = shown > 0;
    table.hidden = shown === 0;
    draw();
    return filter;
  }

  function choose(filter) {
    for (const field of form.elements) {
      if (field.type === "checkbox") field.checked = filter.getAll(field.name).includes(field.value);
      else if (field.name) field.value = filter.get(field.name) ?? "";
      if (field.selectedIndex === -1) field.value = "";
    }
  }

  // The address keeps the filter, so that a view can be sent to somebody.
  function remember(filter) {
    const hash = String(filter) ? `#?${filter}` : "#tools";
    try { history.replaceState(null, "", hash); } catch { /* a viewer that pins the address: the filter works all the same */ }
  }

  function reset() {
    choose(new URLSearchParams());
    remember(filter());
    form.elements.q.focus();
  }

  function follow(arrived) {
    const hash = location.hash;
    if (hash.startsWith("#?")) {
      choose(new URLSearchParams(hash.slice(2)));
      filter();
      one("#tools").scrollIntoView();
      if (!arrived) one("#tools").focus({ preventScroll: true });
    } else if (hash.startsWith("#tool-")) {
      const tool = tools.find((tool) => `#${tool.row.id}` === hash);
      if (!tool) return;
      if (!tool.shown) { choose(new URLSearchParams()); filter(); }
      tool.open = true;
      draw();
      tool.row.scrollIntoView({ block: "center" });
      tool.button.focus({ preventScroll: true });
    }
  }

  // What sticks below the filters has to know how high they are.
  function measure() {
    const sticks = getComputedStyle(form).position === "sticky";
    document.documentElement.style.setProperty("--bar", `${sticks ? form.offsetHeight : 0}px`);
  }

  form.addEventListener("input", () => remember(filter()));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("keydown", (event) => { if (event.key === "Escape" && !clear.hidden) { event.preventDefault(); reset(); } });
  clear.addEventListener("click", reset);
  one("#clear-none").addEventListener("click", reset);
  unfold.addEventListener("click", () => {
    const open = tools.some((tool) => tool.shown && !tool.open);
    for (const tool of tools) if (tool.shown) tool.open = open;
    draw();
  });
  for (const link of all("a[data-show]")) link.href = `#?${link.dataset.show}`;
  // The event comes late: if a filter was typed meanwhile, the address is that one, and the focus stays where it is.
  addEventListener("hashchange", (event) => { if (event.newURL === location.href) follow(false); });
  new ResizeObserver(measure).observe(form);
  addEventListener("resize", measure);
  measure();
  choose(new URLSearchParams());
  filter();
  follow(true);
})();
