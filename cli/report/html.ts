import { trendChart } from "./chart.ts";
import { escaped } from "./escape.ts";
import { howToCheck } from "./markdown.ts";
import { headOf, type Report, type ShownDrill } from "./model.ts";
import { style } from "./style.ts";

/**
 * The report as one page of HTML with nothing beside it: no script, no font, no call anywhere, so that it can be filed,
 * mailed and read in ten years. It is light or dark as its reader likes, and prints black on white.
 */
export function htmlOf(report: Report): string {
  const { title, verdict, shown } = report;
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    // Whatever a name or a message holds: nothing in this page is ever run or fetched.
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>${escaped(title)} (${escaped(report.environment)})</title>`,
    `<style>${style}</style>`,
    "</head>",
    "<body>",
    "<main>",
    "<header>",
    `<h1>${escaped(title)}</h1>`,
    `<p class="verdict ${verdict.good ? "good" : "bad"}"><strong>${verdict.good ? "Proved." : "Not proved."}</strong> ${escaped(verdict.sentence)}</p>`,
    "</header>",
    pairs("About this report", [
      ["Environment", `${report.environment}, account ${report.account}`],
      ["Source", report.subject],
      ["Plan", report.plan],
      ["Told by", `the vault in ${report.region}, at ${report.madeAt}`],
    ]),
    ...(shown ? shownSections(shown) : []),
    ...trendSection(report),
    ...historySection(report),
    '<section aria-labelledby="check"><h2 id="check">How to check this without Holdfast</h2>',
    `<p>${howToCheck.map((line) => escaped(line).replace(/`([^`]+)`/g, "<code>$1</code>")).join(" ")}</p>`,
    "</section>",
    "</main>",
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

function shownSections({ fact, facts, proved, notProved, wrong, signature }: ShownDrill): string[] {
  const list = (title: string, kind: string, items: string[]) =>
    items.length === 0
      ? []
      : [
          `<h3>${title}</h3>`,
          `<ul class="${kind}">`,
          ...items.map((item) => `<li>${escaped(item)}</li>`),
          "</ul>",
        ];
  const good = signature.mismatches.length === 0;
  return [
    `<section aria-labelledby="drill"><h2 id="drill">Drill ${escaped(fact.drill)}</h2>`,
    pairs("What was measured", facts),
    ...list("What is wrong", "wrong", wrong),
    ...list("What was proved", "proved", proved),
    ...list("What was not proved", "open", notProved),
    "<h3>Signature</h3>",
    pairs("Who vouches for it", [
      ["Key", signature.keyArn],
      ["SHA-256 of the public key", signature.keyDigest],
      ["Checked", good ? "it is good" : signature.mismatches.join("; ")],
    ]),
    "</section>",
  ];
}

function trendSection(report: Report): string[] {
  const chart = trendChart(report);
  if (chart === "") return [];
  return [
    `<section aria-labelledby="trend"><h2 id="trend">Trend: ${report.measures}</h2>`,
    "<figure>",
    chart,
    '<figcaption><span class="key available"></span> until available <span class="key checked"></span> until read whole and checked <span class="key bad"></span> did not pass</figcaption>',
    "</figure>",
    "</section>",
  ];
}

function historySection({ history, measures }: Report): string[] {
  const head = ["Drill", "Point", "Outcome", headOf(measures), "Data loss", "Read", "Signature"];
  const rows = history.map(({ drill, point, outcome, took, loss, rows, signed, reason }) => {
    const how = `${escaped(outcome)}${reason ? `<br><small>${escaped(reason)}</small>` : ""}`;
    const cells = [took, loss, rows, signed ? "good" : "<strong>not good</strong>"];
    const rest = cells.map((cell) => `<td>${cell}</td>`).join("");
    return `<tr><th scope="row">${escaped(drill)}</th><td>${escaped(point)}</td><td class="how">${how}</td>${rest}</tr>`;
  });
  return [
    '<section aria-labelledby="history"><h2 id="history">History</h2>',
    ...(rows.length === 0
      ? ["<p>No drill has ended yet.</p>"]
      : [
          '<div class="wide"><table>',
          "<caption>Every drill that ended, newest first</caption>",
          `<thead><tr>${head.map((cell) => `<th scope="col">${cell}</th>`).join("")}</tr></thead>`,
          `<tbody>${rows.join("\n")}</tbody>`,
          "</table></div>",
        ]),
    "</section>",
  ];
}

function pairs(caption: string, rows: [string, string][]): string {
  const cells = rows.map(
    ([name, value]) => `<tr><th scope="row">${escaped(name)}</th><td>${escaped(value)}</td></tr>`,
  );
  return `<table class="pairs"><caption>${escaped(caption)}</caption><tbody>${cells.join("\n")}</tbody></table>`;
}
