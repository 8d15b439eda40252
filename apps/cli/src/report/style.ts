/** Colours of a figure's ink, as the variables that `inlineSvg` puts in their places. */
export const figureColours: { readonly light: string; readonly dark: string } = {
  light: '--fig-text: #20242b; --fig-soft: #646b77; --fig-grid: #e6e8ec; --fig-back: #ffffff;',
  dark: '--fig-text: #e6e8ec; --fig-soft: #a1a8b3; --fig-grid: #2f343d; --fig-back: #1c1f25; --fig-indigo: #8c9bf5;',
}

/** The whole style of a report: one column of text, figures as wide as they need, light and dark by the reader's setting. */
export const reportStyle: string = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --text: #20242b; --soft: #5d6470; --line: #e1e4e9;
  --accent: #3f51b5; --warn: #8a4b00; --warn-back: #fff5e6; --code: #f1f3f6;
  ${figureColours.light}
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14161a; --card: #1c1f25; --text: #e6e8ec; --soft: #a1a8b3; --line: #30353e;
    --accent: #9fa8f0; --warn: #ffc878; --warn-back: #33280f; --code: #262a32;
    ${figureColours.dark}
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.55 Inter, system-ui, -apple-system, 'Segoe UI', sans-serif; font-feature-settings: 'tnum';
}
main { max-width: 1080px; margin: 0 auto; padding: 40px 24px 64px; }
header p.kicker { margin: 0; color: var(--soft); font-size: 13px; letter-spacing: .02em; }
h1 { font-size: 28px; line-height: 1.25; margin: 6px 0 8px; letter-spacing: -.015em; text-wrap: balance; }
h2 { font-size: 18px; margin: 44px 0 12px; letter-spacing: -.005em; }
p.lead { color: var(--soft); margin: 0 0 8px; max-width: 92ch; }
.facts { margin-top: 24px; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(180px, 1fr)); gap: 12px; }
.fact { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px; }
.fact .label { color: var(--soft); font-size: 12.5px; }
.fact .value { font-size: 22px; font-weight: 600; letter-spacing: -.01em; margin: 2px 0; }
.fact .note { color: var(--soft); font-size: 12.5px; }
.figure { background: var(--card); border: 1px solid var(--line); border-radius: 10px; margin: 0 0 16px; padding: 8px 8px 0; overflow-x: auto; }
.figure svg { display: block; overflow: visible; max-width: 100%; height: auto; margin: 0 auto; }
.figure figcaption { color: var(--soft); font-size: 13.5px; padding: 6px 16px 14px; max-width: 90ch; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); gap: 16px; align-items: start; }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
caption { text-align: left; padding: 12px 16px 4px; font-weight: 600; }
th, td { padding: 7px 16px; text-align: left; border-top: 1px solid var(--line); vertical-align: top; }
thead th { border-top: 0; color: var(--soft); font-weight: 500; font-size: 13px; white-space: nowrap; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.unbroken { white-space: nowrap; }
.tables { display: grid; grid-template-columns: minmax(0, 1fr); gap: 16px; }
p.note { color: var(--soft); font-size: 13.5px; margin: 6px 0 0; }
.warnings { background: var(--warn-back); color: var(--warn); border-radius: 10px; padding: 12px 18px; margin: 0 0 20px; }
.warnings ul { margin: 0; padding-left: 18px; }
pre { background: var(--code); border-radius: 8px; padding: 14px 16px; overflow-x: auto; font: 13px/1.5 ui-monospace, 'SF Mono', Menlo, Consolas, monospace; margin: 0; }
code { font: .92em ui-monospace, 'SF Mono', Menlo, Consolas, monospace; }
details { margin-top: 12px; }
summary { cursor: pointer; color: var(--accent); margin-bottom: 8px; }
footer { color: var(--soft); font-size: 13px; margin-top: 48px; border-top: 1px solid var(--line); padding-top: 14px; }
@media (max-width: 640px) { .pair { grid-template-columns: 1fr; } main { padding: 24px 14px; } }
@media print { :root { color-scheme: light; } .figure, .scroll, .fact { break-inside: avoid; } }
`.trim()
