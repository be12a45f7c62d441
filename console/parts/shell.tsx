import type { ComponentChildren } from "preact";
import type { ConsoleConfig } from "../../functions/core/api/console.ts";
import type { Answer } from "../../functions/core/api/routes.ts";
import { signOut } from "../session.ts";
import { shortWho } from "../words.ts";
import { Icon } from "./icon.tsx";

const pages = [
  ["/", "Overview"],
  ["/alerts", "Alerts"],
  ["/drills", "Drills"],
  ["/restores", "Restores"],
  ["/channels", "Channels"],
  ["/audit", "Audit"],
] as const;

/** Which of the pages above a path belongs to. */
function placeOf(path: string): string {
  if (path.includes("/drills")) return "/drills";
  if (path.startsWith("/restore")) return "/restores";
  return path.startsWith("/sources") ? "/" : path;
}

/** What every page has around it: where one is, where one can go, and who one is. */
export function Shell({
  config,
  me,
  path,
  children,
}: {
  config: ConsoleConfig;
  me: Answer<"whoAmI"> | undefined;
  path: string;
  children: ComponentChildren;
}) {
  const isHere = (page: string) => page === placeOf(path);
  return (
    <>
      <a class="skip" href="#content">
        To the content
      </a>
      <header class="top">
        <a class="brand" href="/">
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <rect width="32" height="32" rx="7" />
            <path d="M10 7v18M22 7v18M10 16h12" />
          </svg>
          Holdfast
        </a>
        <span class="where">
          <b>{config.environment}</b> <span>{config.region}</span>
        </span>
        <nav aria-label="Pages">
          {pages.map(([page, name]) => (
            <a key={page} href={page} aria-current={isHere(page) ? "page" : undefined}>
              {name}
            </a>
          ))}
        </nav>
        <div class="me">
          {me && (
            <span title={me.who}>
              {shortWho(me.who)} <small>{me.role === "iam" ? "rights by IAM" : me.role}</small>
            </span>
          )}
          <button type="button" class="quiet" onClick={() => signOut(config)}>
            <Icon name="out" />
            <span>Sign out</span>
          </button>
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
    </>
  );
}
