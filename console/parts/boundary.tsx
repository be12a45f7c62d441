import { Component, type ComponentChildren } from "preact";
import { refusalIn } from "../asking.ts";
import { Refused } from "./answered.tsx";

/** What breaks in one page says so there, and leaves the way to the others. */
export class Boundary extends Component<{ children: ComponentChildren }, { thrown?: unknown }> {
  override state: { thrown?: unknown } = {};

  static override getDerivedStateFromError(thrown: unknown) {
    return { thrown };
  }

  override render() {
    if (this.state.thrown === undefined) return this.props.children;
    return <Refused refusal={refusalIn(this.state.thrown)} again={() => location.reload()} loud />;
  }
}
