/* The score sheet with the keyboard, and its draft saved as it is written. Without this script the
   radios work as radios do, and a button saves. */
(() => {
  const PAUSE = 700; // ms without a key until what was typed is saved

  const sheet = () => document.getElementById("sheet");
  const radios = (criterion) => [...criterion.querySelectorAll('input[type="radio"]')];
  const entry = (criterion) => radios(criterion).find((radio) => radio.checked) ?? radios(criterion)[0];
  const save = () => sheet()?.dispatchEvent(new CustomEvent("draft"));

  function choose(criterion, score) {
    const radio = radios(criterion).find((one) => one.value === score);
    if (!radio) return;
    const isNew = !radio.checked;
    radio.checked = true;
    radio.focus();
    if (isNew) radio.dispatchEvent(new Event("input", { bubbles: true }));
    if (isNew) save();
  }

  function clear(criterion) {
    const chosen = radios(criterion).find((radio) => radio.checked);
    if (!chosen) return;
    chosen.checked = false;
    chosen.dispatchEvent(new Event("input", { bubbles: true }));
    save();
  }

  function next(criterion, step) {
    const all = [...sheet().querySelectorAll(".crit")];
    const other = all[all.indexOf(criterion) + step];
    if (other) entry(other).focus();
    else if (step > 0) document.querySelector("#sum button[value='hand_in']")?.focus();
  }

  /* a figure scores, Enter goes on (with Shift back), Backspace takes a score away */
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.type !== "radio" || !sheet()?.contains(event.target)) return;
    const criterion = event.target.closest(".crit");
    if (/^[1-9]$/.test(event.key)) choose(criterion, event.key);
    else if (event.key === "Enter") next(criterion, event.shiftKey ? -1 : 1);
    else if (event.key === "Backspace" || event.key === "Delete") clear(criterion);
    else return;
    event.preventDefault();
  });

  /* ---- the draft --------------------------------------------------------- */
  let pause;
  document.addEventListener("input", (event) => {
    if (event.target.tagName !== "TEXTAREA" || !sheet()?.contains(event.target)) return;
    clearTimeout(pause);
    pause = setTimeout(save, PAUSE);
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target === sheet()) clearTimeout(pause);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.target === sheet() && event.detail.successful) delete sheet().dataset.changed;
  });
})();
