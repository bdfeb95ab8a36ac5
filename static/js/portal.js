/* What makes the portal quicker to use. Every page works without this file. */
(() => {
  "use strict";
  const root = document.documentElement;

  const $ = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  /* ---- light and dark ------------------------------------------------ */
  const isDark = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;

  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("[data-switches-theme]");
    if (!form) return;
    event.preventDefault();
    const theme = isDark() ? "light" : "dark";
    root.dataset.theme = theme;
    const body = new FormData(form);
    body.set("theme", theme);
    await fetch(form.action, { method: "POST", body, redirect: "manual" });
  });

  /* ---- what changed is said ------------------------------------------ */
  const say = (text) => {
    const live = $("#live");
    if (live && text) live.textContent = text;
  };

  /* ---- the search box ------------------------------------------------- */
  const box = $("#find");
  const list = $("#suggestions");

  const options = () => all('[role="option"]', list);
  const select = (index) => {
    const found = options();
    found.forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
    const chosen = found[index];
    if (chosen) {
      box.setAttribute("aria-activedescendant", chosen.id);
      chosen.scrollIntoView({ block: "nearest" });
    } else {
      box.removeAttribute("aria-activedescendant");
    }
  };
  const selected = () => options().findIndex((option) => option.getAttribute("aria-selected") === "true");
  const close = () => {
    list.replaceChildren();
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };

  if (box && list) {
    box.setAttribute("role", "combobox");
    box.setAttribute("aria-autocomplete", "list");
    box.setAttribute("aria-expanded", "false");
    box.setAttribute("aria-controls", "suggestions");

    box.addEventListener("keydown", (event) => {
      const count = options().length;
      if ((event.key === "ArrowDown" || event.key === "ArrowUp") && count) {
        event.preventDefault();
        const step = event.key === "ArrowDown" ? 1 : -1;
        const now = selected();
        select(now < 0 ? (step > 0 ? 0 : count - 1) : (now + step + count) % count);
      } else if (event.key === "Enter" && selected() >= 0) {
        event.preventDefault();
        options()[selected()].click();
      } else if (event.key === "Escape") {
        event.preventDefault();
        if (list.childElementCount) close();
        else if (box.value) box.value = "";
        else box.blur();
      }
    });
    box.form.addEventListener("focusout", (event) => {
      if (!box.form.contains(event.relatedTarget)) close();
    });
    list.addEventListener("mousedown", (event) => event.preventDefault());
  }

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    const wanted =
      (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) ||
      (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey);
    if (!wanted) return;
    const target = box && box.offsetParent ? box : $('main form[role="search"] input');
    event.preventDefault();
    if (target) {
      target.focus();
      target.select();
    } else {
      location.assign("/search/");
    }
  });

  /* ---- lists ---------------------------------------------------------- */
  // A shared address holds only what was chosen.
  document.addEventListener("formdata", (event) => {
    if (!event.target.matches("[data-filters]")) return;
    for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
  });

  /* ---- forms ---------------------------------------------------------- */
  const draft = (form) => form.dataset.draft !== undefined && form.dataset.changed;
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form && form.dataset.draft !== undefined) form.dataset.changed = "1";
  });
  document.addEventListener("submit", (event) => delete event.target.dataset.changed);
  addEventListener("beforeunload", (event) => {
    if (all("form[data-draft]").some(draft)) event.preventDefault();
  });
  $("[data-focus]:not(.pane *)")?.focus();

  /* ---- charts --------------------------------------------------------- */
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-explore]");
    if (!button) return;
    const chart = button.closest("[data-chart]");
    const opens = button.getAttribute("aria-expanded") === "false";
    if (opens && !chart.dataset.drawn) {
      button.disabled = true;
      try {
        const { open } = await import(chart.dataset.chart);
        $("[data-plot]", chart).hidden = false;
        await open(chart);
        chart.dataset.drawn = "1";
      } catch {
        trouble("The interactive chart could not be loaded. The picture and the table below it hold the same values.");
        return;
      } finally {
        button.disabled = false;
      }
    }
    $("[data-plot]", chart).hidden = !opens;
    $("[data-picture]", chart).hidden = opens;
    button.setAttribute("aria-expanded", String(opens));
  });

  /* ---- htmx ----------------------------------------------------------- */
  document.addEventListener("htmx:configRequest", (event) => {
    const { parameters, verb } = event.detail;
    if (verb !== "get") return;
    for (const name of Object.keys(parameters)) if (parameters[name] === "") delete parameters[name];
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    // Signed out meanwhile: the answer is the sign-in page, which belongs in the whole window.
    const { xhr } = event.detail;
    if (xhr.responseURL && new URL(xhr.responseURL).pathname === "/sign-in/" && location.pathname !== "/sign-in/") {
      event.detail.shouldSwap = false;
      location.reload();
    }
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const target = event.detail.elt.isConnected ? event.detail.elt : event.detail.target;
    if (target === list) {
      box.setAttribute("aria-expanded", String(options().length > 0));
      box.removeAttribute("aria-activedescendant");
      const count = options().length;
      say(count ? `${count} suggestions` : $("[data-say]", list)?.textContent);
      return;
    }
    say($("[data-say]", target)?.textContent.trim());
  });
  const trouble = (text) => {
    const messages = $("#messages");
    if (!messages) return;
    const note = document.createElement("div");
    note.className = "note error";
    const words = document.createElement("p");
    words.textContent = text;
    note.append(words);
    messages.replaceChildren(note);
  };
  document.addEventListener("htmx:sendError", () =>
    trouble("The portal does not answer. Nothing was changed; try again in a moment.")
  );
  document.addEventListener("htmx:responseError", (event) =>
    trouble(
      event.detail.xhr.status === 403
        ? "You may not do this, so nothing was changed."
        : `The portal answered with an error (${event.detail.xhr.status}). What you see is still right; reload the page to try again.`
    )
  );
  document.addEventListener("htmx:beforeRequest", () => {
    const error = $("#messages .note.error");
    if (error) error.remove();
  });
})();
