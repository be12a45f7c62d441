import { Empty } from "../parts/answered.tsx";
import { Heading } from "../parts/panel.tsx";
import { useTitle } from "../title.ts";

/** A path that is no page. */
export function NotFound() {
  useTitle("No such page");
  return (
    <>
      <Heading title="There is no such page" />
      <Empty>
        The address may be mistyped, or from another version. <a href="/">Go to the overview</a>.
      </Empty>
    </>
  );
}
