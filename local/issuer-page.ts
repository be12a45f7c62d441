/** Who may be chosen: a name, and the groups that its tokens claim. */
export const people = {
  viewer: { name: "Vera Viewer", may: "looks at everything and changes nothing" },
  operator: { name: "Oskar Operator", may: "acknowledges, takes points, drills and restores" },
  admin: { name: "Ada Admin", may: "does all of that, approves restores, pauses schedules, deletes points" },
} as const;

/** The page on which a person chooses who to be. Everything that came with the request goes back with the choice. */
export function choicePage(action: string, request: URLSearchParams): string {
  const hidden = [...request]
    .map(([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`)
    .join("");
  const choices = Object.entries(people)
    .map(
      ([role, { name, may }]) =>
        `<button name="person" value="${role}"><strong>${name}</strong><span>${role}: ${may}</span></button>`,
    )
    .join("");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in to the stand-in</title><style>${style}</style></head>
<body><main><h1>Who are you today?</h1>
<p>This is the stand-in's own issuer, for one machine only. Deployed, your own issuer asks for more than a choice.</p>
<form method="post" action="${escaped(action)}">${hidden}${choices}</form></main></body></html>`;
}

const style = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: light-dark(#f4f6f8, #11161b);
  color: light-dark(#18202a, #e6ebf0); }
main { width: min(26rem, 100vw - 2rem); }
h1 { font-size: 1.375rem; margin: 0 0 0.5rem; } p { margin: 0 0 1.25rem; color: light-dark(#52606d, #9fb0bf); }
button { display: block; width: 100%; margin: 0 0 0.75rem; padding: 0.75rem 1rem; font: inherit; text-align: left;
  color: inherit; background: light-dark(#fff, #1a2129); border: 1px solid light-dark(#cfd8e0, #34414d); border-radius: 8px;
  cursor: pointer; }
button:hover, button:focus-visible { border-color: light-dark(#1f5f8b, #7fb8e0); }
button span { display: block; font-size: 0.875rem; color: light-dark(#52606d, #9fb0bf); }`;

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
