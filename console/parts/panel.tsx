import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

/** A part of a page with a heading of its own, and what can be done there beside it. */
export function Panel({
  title,
  aside,
  children,
  class: more = "",
}: {
  title: string;
  aside?: ComponentChildren;
  children: ComponentChildren;
  class?: string;
}) {
  const id = useId();
  return (
    <section class={`panel ${more}`} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

/** A page's heading, with what is said of it and what can be done. It takes the focus when the page is come to. */
export function Heading({
  title,
  children,
  aside,
}: {
  title: string;
  children?: ComponentChildren;
  aside?: ComponentChildren;
}) {
  return (
    <div class="heading">
      <div>
        <h1 tabIndex={-1}>{title}</h1>
        {children}
      </div>
      {aside && <div class="acts">{aside}</div>}
    </div>
  );
}

/** Names with their values, as a list of definitions. */
export function Pairs({ of }: { of: [string, ComponentChildren][] }) {
  return (
    <dl class="pairs">
      {of.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
