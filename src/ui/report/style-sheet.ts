// How a report looks. Nothing is told by colour alone: each state has its sign, its word, and in drawings its pattern.

/** Light and dark as the reader's system is, and light on paper. */
export const STYLE_SHEET = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --card: #f6f7f9; --ink: #1b2027; --dim: #5b6572; --line: #d8dde4; --grid: #e7eaef;
  --good: #146c3f; --good-soft: #d9f0e3; --bad: #b3261e; --bad-soft: #fbe3e0; --warn: #8a5a00; --warn-soft: #fbeecb;
  --prepare: #9db7dd; --publish: #3666ad; --on-publish: #ffffff; --on-prepare: #10213d; --wait: #c3c9d2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14181d; --card: #1d2229; --ink: #e4e8ed; --dim: #9aa5b3; --line: #343c47; --grid: #262d36;
    --good: #5fc98f; --good-soft: #17352a; --bad: #ff8d84; --bad-soft: #43201e; --warn: #e7b75c; --warn-soft: #3a2f14;
    --prepare: #40608f; --publish: #7fabef; --on-publish: #0b1626; --on-prepare: #e9f0fb; --wait: #4a5360;
  }
}
@media print {
  :root {
    color-scheme: light;
    --page: #ffffff; --card: #ffffff; --ink: #000000; --dim: #444444; --line: #999999; --grid: #dddddd;
    --good: #14613a; --good-soft: #ffffff; --bad: #8f1d17; --bad-soft: #ffffff; --warn: #6b4600; --warn-soft: #ffffff;
    --prepare: #c4d3ea; --publish: #3666ad; --on-publish: #ffffff; --on-prepare: #10213d; --wait: #cccccc;
  }
}
* { box-sizing: border-box; }
html { background: var(--page); -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; max-width: 1180px; padding: 32px 28px 48px; color: var(--ink); background: var(--page);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; font-variant-numeric: tabular-nums;
}
h1 { font-size: 26px; line-height: 1.25; margin: 0; font-weight: 650; letter-spacing: -0.01em; }
h2 { font-size: 17px; margin: 40px 0 4px; font-weight: 650; }
h3 { font-size: 15px; margin: 0; font-weight: 650; overflow-wrap: anywhere; }
p { margin: 4px 0; overflow-wrap: anywhere; }
.lead { color: var(--dim); margin: 4px 0 12px; max-width: 80ch; }
.dim { color: var(--dim); }
code, pre, .mono { font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
code, .mono { font-size: 0.92em; }
header { display: flex; gap: 8px 20px; align-items: baseline; flex-wrap: wrap; justify-content: space-between; }
header p { flex-basis: 100%; margin: 2px 0 0; color: var(--dim); overflow-wrap: anywhere; }
.state { display: inline-block; font-weight: 650; padding: 3px 12px; border-radius: 999px; border: 1.5px solid; white-space: nowrap; }
.state.good { color: var(--good); background: var(--good-soft); }
.state.bad { color: var(--bad); background: var(--bad-soft); }
.state.other { color: var(--warn); background: var(--warn-soft); }
td .sign { display: inline-block; width: 1.3em; }
.good-ink { color: var(--good); } .bad-ink { color: var(--bad); } .other-ink { color: var(--warn); }
dl.facts {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 1px; margin: 20px 0 0;
  border: 1px solid var(--line); border-radius: 10px; overflow: hidden; background: var(--line);
}
dl.facts div { background: var(--card); padding: 10px 14px; min-width: 0; }
dt { color: var(--dim); font-size: 13px; }
dd { margin: 1px 0 0; font-weight: 550; overflow-wrap: anywhere; }
dd small { display: block; font-weight: 400; color: var(--dim); font-size: 13px; }
.keys { display: grid; grid-template-columns: repeat(auto-fit, minmax(230px, 1fr)); gap: 14px; margin: 20px 0 0; padding: 0; list-style: none; }
.keys li { border: 1px solid var(--line); border-radius: 10px; background: var(--card); padding: 14px 16px; }
.keys b { display: block; font-size: 27px; line-height: 1.25; font-weight: 650; letter-spacing: -0.01em; margin: 2px 0; }
.keys span { display: block; color: var(--dim); font-size: 13px; }
.keys .name { color: var(--ink); font-size: 14px; font-weight: 600; }
.failure { border: 1px solid var(--line); border-left: 4px solid var(--bad); border-radius: 8px; margin: 12px 0; padding: 12px 16px; background: var(--card); break-inside: avoid; }
.failure.other { border-left-color: var(--warn); }
pre {
  margin: 10px 0 0; padding: 10px 12px; background: var(--page); border: 1px solid var(--line); border-radius: 6px;
  font-size: 13px; line-height: 1.45; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 420px; overflow: auto;
}
.drawing { overflow-x: auto; border: 1px solid var(--line); border-radius: 10px; padding: 10px 12px; background: var(--card); }
.drawing svg { display: block; width: 100%; min-width: 760px; height: auto; }
svg text { fill: var(--ink); font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
svg .small { font-size: 11px; } svg .tiny { font-size: 9.5px; } svg .soft { fill: var(--dim); }
svg .grid { stroke: var(--grid); } svg .axis { stroke: var(--line); }
svg .step { stroke: var(--card); stroke-width: 1; }
svg .prepare { fill: var(--prepare); } svg .publish { fill: var(--publish); }
svg .on-prepare { fill: var(--on-prepare); } svg .on-publish { fill: var(--on-publish); }
svg .failed { fill: var(--bad); } svg .cover { pointer-events: none; } svg .hatch { stroke: var(--card); stroke-width: 2.5; }
svg .good-ink { fill: var(--good); } svg .bad-ink { fill: var(--bad); } svg .other-ink { fill: var(--warn); }
svg .waiting { fill: none; stroke: var(--dim); stroke-dasharray: 3 3; }
svg .good-mark { fill: var(--good); } svg .bad-mark { stroke: var(--bad); stroke-width: 2; fill: none; }
svg .other-mark { stroke: var(--warn); stroke-width: 1.8; fill: var(--card); } svg .back-mark { fill: none; stroke: var(--publish); stroke-width: 1.8; }
svg .bar-good { fill: var(--good); } svg .bar-bad { fill: var(--bad); } svg .bar-other { fill: var(--wait); }
svg .median { stroke: var(--dim); stroke-dasharray: 5 4; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 10px 0 0; padding: 0; list-style: none; color: var(--dim); font-size: 13px; }
.legend svg { display: inline; width: auto; min-width: 0; height: 14px; vertical-align: -2px; margin-right: 6px; }
.table { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; width: 100%; font-size: 14px; margin: 6px 0 0; }
th { text-align: left; color: var(--dim); font-weight: 550; font-size: 13px; }
th, td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--grid); vertical-align: top; }
th { border-bottom-color: var(--line); white-space: nowrap; }
td.number, th.number { text-align: right; white-space: nowrap; padding-right: 22px; }
td.narrow { width: 1%; }
td.host { white-space: normal; overflow-wrap: anywhere; min-width: 26ch; }
td.wrap { overflow-wrap: anywhere; min-width: 14ch; }
td { white-space: nowrap; } td.wrap { white-space: normal; }
tr { break-inside: avoid; }
.empty { border: 1px dashed var(--line); border-radius: 10px; padding: 40px 24px; text-align: center; color: var(--dim); margin-top: 24px; }
.empty b { display: block; color: var(--ink); font-size: 17px; }
footer { margin-top: 44px; padding-top: 12px; border-top: 1px solid var(--line); color: var(--dim); font-size: 13px; }
@media print {
  body { max-width: none; padding: 0; font-size: 11pt; }
  pre { max-height: none; overflow: visible; }
  .drawing, .table { overflow: visible; }
  .drawing svg { min-width: 0; }
  h2 { break-after: avoid; }
  svg .step { stroke: #000000; stroke-width: 0.4; }
}
`
