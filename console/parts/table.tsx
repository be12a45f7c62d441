import type { ComponentChildren } from "preact";

/** A table that scrolls sideways where the screen is narrow; who has no mouse scrolls it with the arrow keys. */
export function Table({
  caption,
  heads,
  children,
}: {
  caption: string;
  heads: string[];
  children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1).
    <section class="scroll" aria-label={caption} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}
