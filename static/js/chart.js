/* Opens a server-drawn chart in plotly. Loaded when a person asks for it, never before. */
const started = new Map();

function once(url, make) {
  if (!started.has(url)) {
    started.set(
      url,
      new Promise((resolve, reject) => {
        const element = make(url);
        element.addEventListener("load", resolve);
        element.addEventListener("error", () => reject(new Error(url)));
        document.head.append(element);
      })
    );
  }
  return started.get(url);
}

function stylesheet(url) {
  // plotly adds its rules to the sheet with this id instead of making a <style> of its own.
  const link = document.createElement("link");
  link.id = "plotly.js-style-global";
  link.rel = "stylesheet";
  link.href = url;
  return link;
}

function script(url) {
  const element = document.createElement("script");
  element.src = url;
  return element;
}

/** The page's colours as plotly understands them, whichever theme is on. */
function colours(place) {
  const probe = document.createElement("span");
  place.parentElement.append(probe);
  const read = (name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const found = {
    text: read("--text-2"),
    line: read("--line"),
    zero: read("--line-2"),
    paper: read("--bg"),
    ways: ["--accent", "--text", "--warn", "--pass", "--fail", "--text-3"].map(read),
  };
  probe.remove();
  return found;
}

function themed(layout, place) {
  const { text, line, zero, paper, ways } = colours(place);
  const axis = (given) => ({ gridcolor: line, linecolor: zero, zerolinecolor: zero, automargin: true, ...given });
  return {
    ...layout,
    xaxis: axis(layout.xaxis),
    yaxis: axis(layout.yaxis),
    colorway: ways,
    paper_bgcolor: paper,
    plot_bgcolor: paper,
    font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: text },
    margin: { l: 48, r: 16, t: 16, b: 40 },
    height: 340,
    showlegend: false,
    hovermode: "x unified",
    hoverlabel: { bgcolor: paper, bordercolor: zero, font: { color: text } },
  };
}

export async function open(chart) {
  const { plotly, sheet, guards } = chart.dataset;
  for (const id of guards.split(" ").filter(Boolean)) {
    if (!document.getElementById(id)) {
      const guard = document.createElement("meta");
      guard.id = id;
      document.head.append(guard);
    }
  }
  await once(sheet, stylesheet);
  await once(plotly, script);
  const figure = JSON.parse(chart.querySelector('script[type="application/json"]').textContent);
  const place = chart.querySelector("[data-plot]");
  const draw = () =>
    window.Plotly.react(place, figure.data, themed(figure.layout, place), {
      responsive: true,
      displaylogo: false,
      // A picture would need blob: addresses, which the policy has none of; the table is there.
      modeBarButtonsToRemove: ["toImage", "select2d", "lasso2d", "sendDataToCloud"],
    });
  await draw();
  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}
