// Charts by ECharts (Apache-2.0, served from here), drawn as SVG so that they print; each has its table beside it.

import { h } from "./dom.js";

const ACCENT = "#14506b";
const COLOURS = [ACCENT, "#5b95ad", "#a9c9d6", "#d9a441", "#b7bec6"];
let library;

// The library clears its places with an empty innerHTML: that much markup is let through, and no more.
globalThis.trustedTypes?.createPolicy("default", { createHTML: (markup) => (markup === "" ? "" : null) });

/** ECharts, read once and only where a chart is drawn. */
async function charts() {
  if (!library) {
    await import("../vendor/echarts/echarts.common.min.js");
    library = globalThis.echarts;
  }
  return library;
}

/**
 * Horizontal bars, the first on top.  `series` is `[{name, values}]`, stacked where there are several; `label` writes a
 * value; the marks of the axis are at least `step` apart.
 */
export function bars(title, names, series, label, step = 0) {
  const place = h("div", { class: "chart", role: "img", "aria-label": title });
  const height = 46 + names.length * 26;
  place.style.height = `${height}px`;
  requestAnimationFrame(async () => {
    const echarts = await charts();
    if (!place.isConnected) return;
    const chart = echarts.init(place, null, { renderer: "svg", height });
    chart.setOption({
      animation: false,
      color: COLOURS,
      textStyle: { fontFamily: getComputedStyle(place).fontFamily },
      grid: { left: 8, right: 60, top: 6, bottom: 6, containLabel: true },
      xAxis: { type: "value", minInterval: step, splitLine: { lineStyle: { color: "#e8ecef" } }, axisLabel: { color: "#5d6875", formatter: label } },
      yAxis: {
        type: "category", inverse: true, data: names, axisTick: { show: false }, axisLine: { lineStyle: { color: "#b9c3cc" } },
        axisLabel: { color: "#1d2530", width: 190, overflow: "truncate" },
      },
      series: series.map((each) => ({
        name: each.name, type: "bar", barMaxWidth: 14, stack: series.length > 1 ? "all" : undefined, data: each.values,
        label: { show: series.length === 1, position: "right", color: "#1d2530", formatter: ({ value }) => label(value) },
      })),
    });
    new ResizeObserver(() => chart.resize({ height })).observe(place);
  });
  return h("figure", {}, h("figcaption", {}, title, series.length > 1 && legend(series)), place);
}

const legend = (series) =>
  h("span", { class: "legend" }, series.map((each, index) => {
    const dot = h("i", { "aria-hidden": "true" });
    dot.style.background = COLOURS[index % COLOURS.length];
    return h("span", {}, dot, each.name);
  }));
