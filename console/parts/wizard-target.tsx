import type { Answer } from "../../functions/core/api/routes.ts";
import { type Draft, isDatabase } from "../wish.ts";
import { Choice, TextField, Tick } from "./field.tsx";

/** Where a source is to come back to, and how much of it. */
export function WizardTarget({
  draft,
  change,
  status,
}: {
  draft: Draft;
  change: (some: Partial<Draft>) => void;
  status: Answer<"getStatus">;
}) {
  return (
    <>
      <Choice
        legend="Region"
        value={draft.region}
        set={(region) => change({ region })}
        of={[
          {
            value: status.primaryRegion,
            label: status.primaryRegion,
            hint: "The primary region, where it lives.",
          },
          {
            value: status.recoveryRegion,
            label: status.recoveryRegion,
            hint: "The recovery region: for when the other is lost.",
          },
        ]}
      />
      {isDatabase(draft) ? (
        <Database draft={draft} change={change} />
      ) : (
        <Objects draft={draft} change={change} />
      )}
    </>
  );
}

function Database({ draft, change }: { draft: Draft; change: (some: Partial<Draft>) => void }) {
  return (
    <>
      <Choice
        legend="Name"
        value={draft.target}
        set={(target) => change({ target })}
        of={[
          { value: "own", label: "Its own name", hint: "If no database has it now." },
          {
            value: "beside",
            label: "Another name, beside what is there",
            more: (
              <TextField label="Name of the new database" value={draft.as} set={(as) => change({ as })} />
            ),
          },
          {
            value: "replace",
            label: "In place of what is there",
            hint: "What has the name now is renamed, never deleted; it can be undone.",
            more: (
              <Tick
                label="Take a fresh point of it first"
                hint="Without one, what was written since its last point is in no backup."
                checked={draft.prebackup}
                set={(prebackup) => change({ prebackup })}
              />
            ),
          },
        ]}
      />
      <details>
        <summary>Class and network</summary>
        <TextField
          label="Instance class"
          hint="Empty: as the source had it."
          value={draft.instanceClass}
          set={(instanceClass) => change({ instanceClass })}
        />
        <TextField
          label="Subnet group"
          hint="Empty: as the source had it, or as the environment says."
          value={draft.subnetGroup}
          set={(subnetGroup) => change({ subnetGroup })}
        />
        <TextField
          label="Security groups"
          hint="Ids, separated by commas."
          value={draft.securityGroups}
          set={(securityGroups) => change({ securityGroups })}
        />
      </details>
    </>
  );
}

function Objects({ draft, change }: { draft: Draft; change: (some: Partial<Draft>) => void }) {
  const other = {
    value: "beside" as const,
    label: "Another bucket",
    more: (
      <>
        <TextField
          label="Bucket"
          hint="It exists already, and the environment names it."
          value={draft.as}
          set={(as) => change({ as })}
        />
        <Tick
          label="Overwrite what has the same keys there"
          checked={draft.overwrite}
          set={(overwrite) => change({ overwrite })}
        />
      </>
    ),
  };
  if (draft.kind === "archives")
    return <Choice legend="Bucket" value="beside" set={() => change({ target: "beside" })} of={[other]} />;
  return (
    <>
      <Choice
        legend="Which objects"
        value={draft.which}
        set={(which) => change({ which })}
        of={[
          { value: "all", label: "All" },
          {
            value: "prefix",
            label: "Those with a prefix",
            more: <TextField label="Prefix" value={draft.prefix} set={(prefix) => change({ prefix })} />,
          },
          {
            value: "keys",
            label: "Some keys",
            more: (
              <label class="field">
                <span>Keys, one on each line</span>
                <textarea
                  rows={4}
                  value={draft.keys}
                  onInput={({ currentTarget }) => change({ keys: currentTarget.value })}
                />
              </label>
            ),
          },
        ]}
      />
      <Choice
        legend="Bucket"
        value={draft.target === "beside" ? "beside" : "own"}
        set={(target) => change({ target })}
        of={[
          {
            value: "own",
            label: "The bucket itself",
            hint: "Objects get new versions; no version is deleted.",
            more: (
              <Tick
                label="Hide what did not exist then"
                hint="Behind delete markers, which can be taken away again."
                checked={draft.deletions}
                set={(deletions) => change({ deletions })}
              />
            ),
          },
          other,
        ]}
      />
    </>
  );
}
