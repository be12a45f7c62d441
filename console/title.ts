import { useEffect } from "preact/hooks";
import { useHere } from "./who.ts";

/** Names the page for the tab and for who listens, and moves the focus to its heading when it is come to. */
export function useTitle(title: string): void {
  const { me } = useHere();
  useEffect(() => {
    document.title = `${title} · Holdfast ${me.environment}`;
  }, [title, me.environment]);
  useEffect(() => {
    // Not at the first page of a visit: there the reader begins at the top.
    if (visited) document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true });
    visited = true;
  }, []);
}

let visited = false;
