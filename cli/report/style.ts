/** The page's style sheet. Contrast of every text is at least 4.5 to 1 (WCAG 2.2, AA), in light and in dark. */
export const style = `
:root { color-scheme: light dark; --text: #1c2127; --soft: #55606d; --back: #ffffff; --line: #d5dbe1;
  --good: #0b6b3a; --good-back: #e6f4ec; --bad: #a3141f; --bad-back: #fdebec; --checked: #2f6fb3; --available: #8fb8e0; }
@media (prefers-color-scheme: dark) { :root { --text: #e7ebef; --soft: #a9b4bf; --back: #14181c; --line: #3a434c;
  --good: #6fdc9f; --good-back: #11301f; --bad: #ff9aa1; --bad-back: #3a1518; --checked: #69a7e6; --available: #33577c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 54rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 0.75rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 0.5rem; }
.verdict { margin: 0 0 1.5rem; padding: 0.75rem 1rem; border-left: 4px solid; border-radius: 4px; }
.verdict.good { color: var(--good); background: var(--good-back); }
.verdict.bad { color: var(--bad); background: var(--bad-back); }
table { border-collapse: collapse; width: 100%; font-size: 0.9375rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: 0.875rem; padding: 0 0 0.25rem; }
th, td { text-align: left; vertical-align: top; padding: 0.4rem 0.75rem 0.4rem 0; border-top: 1px solid var(--line);
  overflow-wrap: anywhere; }
thead th { color: var(--soft); font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 500; }
.pairs th { width: 13rem; color: var(--soft); font-weight: 400; }
.wide { overflow-x: auto; }
.wide th, .wide td { white-space: nowrap; }
.wide td.how { white-space: normal; min-width: 14rem; }
ul { margin: 0; padding-left: 1.25rem; }
li { margin: 0.25rem 0; overflow-wrap: anywhere; }
ul.wrong li { color: var(--bad); }
code { font: 0.9em ui-monospace, monospace; }
small { color: var(--soft); }
figure { margin: 0; }
figcaption { color: var(--soft); font-size: 0.875rem; }
.key { display: inline-block; width: 0.8em; height: 0.8em; margin: 0 0.3em 0 0.9em; border-radius: 2px; }
.key:first-child { margin-left: 0; }
svg { width: 100%; height: auto; font: 12px system-ui, sans-serif; fill: var(--soft); }
svg .grid { stroke: var(--line); }
svg .available, .key.available { fill: var(--available); background: var(--available); }
svg .checked, .key.checked { fill: var(--checked); background: var(--checked); }
svg .bad, .key.bad { fill: var(--bad); background: var(--bad); }
svg .mark { fill: var(--bad); }
svg line.objective { stroke: var(--text); stroke-dasharray: 5 4; }
svg text.objective { fill: var(--text); }
@media (max-width: 34rem) { .pairs th { width: 8rem; } }
@media print { :root { --text: #000000; --soft: #444444; --back: #ffffff; --line: #bbbbbb; --good: #0b6b3a;
  --good-back: #ffffff; --bad: #a3141f; --bad-back: #ffffff; --checked: #2f6fb3; --available: #a9c8e8; color-scheme: light; }
  main { max-width: none; padding: 0; } body { font-size: 10.5pt; } tr, li, figure, .verdict { break-inside: avoid; }
  .wide { overflow: visible; } .wide table { font-size: 8.5pt; } .wide td.how { min-width: 0; }
  .wide th, .wide td { padding-right: 0.5rem; }
  svg, .key { print-color-adjust: exact; -webkit-print-color-adjust: exact; } h2, h3 { break-after: avoid; } }
`;
