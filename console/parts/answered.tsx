import type { ComponentChildren } from "preact";
import type { Refusal } from "../api.ts";
import { Icon } from "./icon.tsx";

/** Why something was refused, and what to do. What was asked for itself is a note; what somebody did is an alert. */
export function Refused({ refusal, again, loud }: { refusal: Refusal; again?: () => void; loud?: boolean }) {
  const forbidden = refusal.status === 403;
  return (
    <div class={`refused ${forbidden ? "forbidden" : ""}`} role={loud ? "alert" : "status"}>
      <Icon name={forbidden ? "lock" : "bad"} />
      <div>
        <strong>{refusal.title}</strong>
        <p>{refusal.detail}</p>
        {refusal.fix && <p class="soft">{refusal.fix}</p>}
      </div>
      {again && !forbidden && (
        <button type="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}

/** There is nothing, and why that is. */
export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

/** Lines where an answer will be, as high as it will be: nothing moves when it comes. */
export function Loading({ lines = 3, tall = false }: { lines?: number; tall?: boolean }) {
  return (
    <div class={`loading ${tall ? "tall" : ""}`} role="status">
      <span class="unseen">Loading</span>
      {Array.from({ length: lines }, (_, line) => (
        <i key={line} />
      ))}
    </div>
  );
}

/** What was asked for as soon as it is there; before that lines, or why it is not. An old answer stays, and says so. */
export function Answered<T>({
  asked: { answer, refusal, again },
  lines,
  tall,
  children,
}: {
  asked: { answer?: T; refusal?: Refusal | undefined; again(): void };
  lines?: number;
  tall?: boolean;
  children: (answer: T) => ComponentChildren;
}) {
  if (answer === undefined)
    return refusal ? (
      <Refused refusal={refusal} again={again} />
    ) : (
      <Loading {...(lines && { lines })} {...(tall && { tall })} />
    );
  return (
    <>
      {refusal && (
        <Refused refusal={{ ...refusal, title: `Not refreshed: ${refusal.title}` }} again={again} />
      )}
      {children(answer)}
    </>
  );
}
