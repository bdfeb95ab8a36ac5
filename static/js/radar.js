/* The radar's picture with the keyboard, and picture and list lighting up together. Without this
   script every blip is a link like any other. */
(() => {
  const PATIENCE = 900; // ms between the figures of one number

  const shown = "a[href]:not([aria-hidden])";
  const slug = (link) => (link?.getAttribute("href") ?? "").split("#t-")[1];
  const blips = (within = document) => [...within.querySelectorAll(`.rd .sg > ${shown}`)];
  const blipOf = (name) => blips().find((link) => slug(link) === name);
  const rowOf = (name) => name && document.getElementById(`t-${name}`);

  /* ---- one stop of the tab key for each segment ------------------------- */
  function stop(link) {
    for (const other of link.parentElement.querySelectorAll(`:scope > ${shown}`)) other.tabIndex = -1;
    link.tabIndex = 0;
  }

  function prepare() {
    for (const segment of document.querySelectorAll(".rd .sg")) {
      const links = [...segment.querySelectorAll(`:scope > ${shown}`)];
      const first = links.find((link) => link.hasAttribute("aria-current")) ?? links[0];
      if (first) stop(first);
    }
  }

  function go(link) {
    stop(link);
    link.focus();
  }

  /* ---- arrow keys: to the nearest blip that way, within the segment ------ */
  const WAYS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

  function middle(link) {
    const place = link.transform.baseVal.consolidate().matrix;
    return [place.e, place.f];
  }

  function beside(link, [wayX, wayY]) {
    const [x, y] = middle(link);
    let nearest = null;
    let least = Infinity;
    for (const other of link.parentElement.querySelectorAll(`:scope > ${shown}`)) {
      if (other === link) continue;
      const [otherX, otherY] = middle(other);
      const ahead = (otherX - x) * wayX + (otherY - y) * wayY;
      const aside = Math.abs((otherX - x) * wayY) + Math.abs((otherY - y) * wayX);
      if (ahead > 0 && ahead + 2 * aside < least) {
        nearest = other;
        least = ahead + 2 * aside;
      }
    }
    return nearest;
  }

  function move(event, link) {
    const links = [...link.parentElement.querySelectorAll(`:scope > ${shown}`)];
    let next = null;
    if (event.key in WAYS) next = beside(link, WAYS[event.key]) ?? link;
    else if (event.key === "Home") next = links[0];
    else if (event.key === "End") next = links.at(-1);
    if (!next) return;
    event.preventDefault();
    go(next);
  }

  /* ---- a number typed in picture or list goes to that blip --------------- */
  let typed = "";
  let timer = 0;

  function type(figure, inPicture) {
    clearTimeout(timer);
    typed += figure;
    timer = setTimeout(() => (typed = ""), PATIENCE);
    const link = blips().find((blip) => blip.querySelector("text")?.textContent === typed);
    const row = [...document.querySelectorAll(".list tr[id]")].find(
      (found) => found.querySelector(".no")?.textContent === typed
    );
    if (link && (inPicture || !row)) go(link);
    else row?.querySelector("a")?.focus();
    row?.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (!event.target.closest(".cols.radar") || event.target.closest("input, select, textarea")) return;
    const link = event.target.closest(".rd .sg > a");
    if (/^[0-9]$/.test(event.key)) type(event.key, Boolean(link));
    else if (link) move(event, link);
  });

  /* ---- picture and list point at each other ------------------------------ */
  function light(target) {
    for (const lit of document.querySelectorAll(".rd .hot, .list .hot")) lit.classList.remove("hot");
    const link = target?.closest?.(".rd .sg > a");
    const row = target?.closest?.(".list tr[id]");
    const name = link ? slug(link) : row?.id.slice(2);
    if (!name) return;
    for (const lit of [blipOf(name), rowOf(name)]) lit?.classList.add("hot");
  }

  for (const kind of ["mouseover", "focusin"]) {
    document.addEventListener(kind, (event) => light(event.target));
  }
  document.addEventListener("focusin", (event) => {
    const link = event.target.closest(".rd .sg > a");
    if (link) stop(link);
  });

  /* ---- the sheet of tags: says how many, and goes out of the way --------- */
  document.addEventListener("change", (event) => {
    const tags = event.target.closest(".tagged");
    if (!tags) return;
    const count = tags.querySelectorAll("input[name=tag]:checked").length;
    tags.querySelector("summary").textContent = count ? `Tags (${count})` : "Tags";
  });

  function closeTags(within, focus) {
    const tags = document.querySelector(".tagged[open]");
    if (!tags || tags.contains(within)) return;
    tags.open = false;
    if (focus) tags.querySelector("summary").focus();
  }

  document.addEventListener("click", (event) => closeTags(event.target));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.closest(".tagged")) closeTags(null, true);
  });

  /* ---- a blip is chosen without leaving the page --------------------------- */
  let chosen = null; // its slug, and whether it was chosen in the picture

  document.addEventListener("click", (event) => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest?.("#radar a[href*='#t-']");
    if (!link || !window.htmx) return;
    event.preventDefault();
    chosen = { slug: slug(link), inPicture: Boolean(link.closest(".rd")) };
    window.htmx.ajax("GET", link.getAttribute("href").split("#")[0], { source: "#radar", target: "#radar", swap: "outerHTML" });
  });

  document.addEventListener("htmx:afterSettle", () => {
    prepare();
    if (!chosen) return;
    const row = rowOf(chosen.slug);
    row?.scrollIntoView({ block: "nearest" });
    const link = chosen.inPicture ? blipOf(chosen.slug) : row?.querySelector("a");
    link?.focus({ preventScroll: true });
    chosen = null;
  });
  prepare();
})();
