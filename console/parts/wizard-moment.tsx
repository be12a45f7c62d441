import type { Answer } from "../../functions/core/api/routes.ts";
import type { PointView } from "../../functions/core/api/sources.ts";
import { usePages } from "../pages-of.ts";
import { type Draft, isDatabase } from "../wish.ts";
import { instant } from "../words.ts";
import { Answered, Empty } from "./answered.tsx";
import { Choice, TextField } from "./field.tsx";
import { More } from "./more.tsx";

type Source = Answer<"listSources">["items"][number]["source"];

/** As of when a source is to come back: only what can be had of its kind and plan. */
export function WizardMoment({
  draft,
  change,
  sources,
}: {
  draft: Draft;
  change: (some: Partial<Draft>) => void;
  sources: Source[];
}) {
  const source = sources.find(({ name }) => name === draft.source);
  const anyMoment = !isDatabase(draft) || source?.plan.pointInTime !== undefined;
  const archive = draft.kind === "archives";
  return (
    <Choice
      legend="Moment"
      quiet
      value={draft.moment}
      set={(moment) => change({ moment })}
      of={[
        {
          value: "latest",
          label: archive ? "The newest intact archive" : "The newest point that is proved",
          hint: "What you can be surest of.",
        },
        {
          value: "point",
          label: archive ? "One archive" : "One point",
          more: <Points draft={draft} change={change} />,
        },
        ...(anyMoment
          ? ([
              {
                value: "time",
                label: archive ? "The newest that had arrived by an instant" : "A moment of its own",
                hint: isDatabase(draft) ? "Out of automated backups." : undefined,
                more: (
                  <TextField
                    type="datetime-local"
                    label="Instant, in UTC"
                    value={draft.time}
                    set={(time) => change({ time })}
                  />
                ),
              },
              ...(archive
                ? []
                : [{ value: "latest moment", label: "As late as can be", hint: "Not proved by any drill." }]),
            ] as { value: Draft["moment"]; label: string; hint?: string }[])
          : []),
      ]}
    />
  );
}

function Points({ draft, change }: { draft: Draft; change: (some: Partial<Draft>) => void }) {
  const listed = usePages("listPoints", {
    params: { source: draft.source },
    query: { limit: "50" },
  });
  return (
    <Answered asked={listed}>
      {(points) => {
        const there = points.filter(({ places }) => places.some(({ state }) => state === "present"));
        if (there.length === 0) return <Empty>There is no point to come back to.</Empty>;
        return (
          <>
            <label class="field">
              <span>Point</span>
              <select
                value={draft.point}
                onChange={({ currentTarget }) => change({ point: currentTarget.value })}
              >
                <option value="">Choose one</option>
                {there.map((point) => (
                  <option key={point.point} value={point.point}>
                    {saying(point)}
                  </option>
                ))}
              </select>
            </label>
            <More more={listed.more} />
          </>
        );
      }}
    </Answered>
  );
}

function saying({ at, point, restorableIn, intactIn }: PointView): string {
  const proof =
    restorableIn.length > 0 ? "restored and checked" : intactIn.length > 0 ? "re-read" : "not proved";
  return `${instant(at)} UTC, ${proof}${point.includes("-") ? ` (${point.slice(15)})` : ""}`;
}
