import type { DrillFinishedFact } from "../../functions/core/drill.ts";
import { bytes, count, counted, duration, percent } from "../words.ts";
import { Icon } from "./icon.tsx";
import { Pairs, Panel } from "./panel.tsx";
import { When } from "./when.tsx";

const outcomes = {
  passed: ["good", "Passed: this point comes back, and is what it should be"],
  failed: ["bad", "Failed: what was restored is not what it should be"],
  "broken-off": ["unknown", "Broken off: it could not be carried out, and proves nothing"],
} as const;

const checkTones = { passed: "good", failed: "bad", unproved: "unknown" } as const;

/** What the API found when it held the document against its signature, and its key against those that a vault knows. */
type Checked = { region: string; mismatches: readonly string[] };

/** A drill's signed document, written out for people. What does not stand as it was signed proves nothing, and says so first. */
export function Certificate({ of, checked }: { of: DrillFinishedFact; checked: Checked | undefined }) {
  const [tone, title] = outcomes[of.outcome];
  const wrong = checked?.mismatches ?? [];
  return (
    <>
      {wrong.length > 0 && (
        <section class="verdict bad" role="alert">
          <Icon name="bad" />
          <div>
            <p class="title">Not as it was signed: this document proves nothing</p>
            {wrong.map((one) => (
              <p key={one}>{one}</p>
            ))}
          </div>
        </section>
      )}
      <section class={`verdict ${tone}`}>
        <Icon name={tone} />
        <div>
          <p class="title">{title}</p>
          {of.reason && <p>{of.reason}</p>}
          {of.differences.map(({ name, sentence }) => (
            <p key={name + sentence}>{sentence}</p>
          ))}
        </div>
      </section>
      <div class="columns">
        <Panel title="What was proved">
          <Pairs of={provedBy(of)} />
        </Panel>
        <Panel title="How long it took">
          <Times of={of} />
        </Panel>
      </div>
      <Panel title="Checks">
        <ul class="checks">
          {of.checks.map(({ name, outcome, sentence }) => (
            <li key={name} class={checkTones[outcome]}>
              <Icon name={checkTones[outcome]} />
              <span>
                <b>{name}</b> {sentence}
              </span>
            </li>
          ))}
          {of.checks.length === 0 && <li>None was made.</li>}
        </ul>
      </Panel>
      <Panel title="Signature">
        <p>
          Signed in KMS by a key that never leaves it.{" "}
          {checked && wrong.length === 0
            ? `The API has checked it: not a letter was changed, and the key is one that the vault in ${checked.region} knows.`
            : "It does not stand, or was not checked."}{" "}
          To check it yourself, with the other vault's copy too:{" "}
          <code>
            npx holdfast certificate {of.source} {of.drill} --verify --env {of.environment}
          </code>
        </p>
        <Pairs
          of={[
            [
              "Key",
              <span key="k" class="id">
                {of.signature.keyArn}
              </span>,
            ],
            ["Algorithm", of.signature.algorithm],
            [
              "Signature",
              <span key="v" class="id">
                {of.signature.value}
              </span>,
            ],
          ]}
        />
        <details>
          <summary>Public key</summary>
          <pre>{of.signature.publicKey}</pre>
        </details>
      </Panel>
    </>
  );
}

function provedBy(of: DrillFinishedFact): [string, preact.ComponentChildren][] {
  const { database, objects, fingerprint } = of;
  return [
    [
      "Point",
      <a key="p" href={`/sources/${of.source}/points/${of.point}`}>
        {of.point}
      </a>,
    ],
    ["Of", `${of.identifier} in ${of.environment}, account ${of.account}`],
    ["Restored in", of.region],
    ...(database
      ? ([
          [
            "Restored from",
            <span key="f" class="id">
              {database.restoredFrom}
            </span>,
          ],
          ["As", `${database.engine}, ${database.instanceClass}`],
        ] as [string, preact.ComponentChildren][])
      : []),
    ...(fingerprint
      ? ([
          ["Read", `${counted(fingerprint.rows, "row")} in ${counted(fingerprint.tables, "table")}`],
          [
            "Compared with",
            fingerprint.comparedWith.length > 0
              ? counted(fingerprint.comparedWith.length, "earlier drill")
              : "nothing: it is the first of its point",
          ],
          [
            "Fingerprint",
            <span key="d" class="id">
              {fingerprint.sha256}
            </span>,
          ],
        ] as [string, preact.ComponentChildren][])
      : []),
    ...(objects
      ? ([
          ["Objects", `${count(objects.objects)}, ${bytes(objects.bytes)}`],
          [
            "Read again",
            `${count(objects.sampled)} drawn at random and ${count(objects.changed)} changed, ${bytes(objects.readBytes)}`,
          ],
          [
            "Which shows",
            `damage of ${percent(objects.damage)} of them with ${percent(objects.confidence)} certainty`,
          ],
        ] as [string, preact.ComponentChildren][])
      : []),
    ["Taken away", of.tornDown.length > 0 ? of.tornDown.join(", ") : "there was nothing to take away"],
    ...(of.leftBehind.length > 0 ? ([["Left behind", of.leftBehind.join(", ")]] as [string, string][]) : []),
  ];
}

/** Seconds as bars against the objective, with the same as words. */
function Times({ of }: { of: DrillFinishedFact }) {
  const { secondsToAvailable, secondsToChecked, rtoSeconds, rpoSeconds, dataLossSeconds } = of;
  const longest = Math.max(rtoSeconds ?? 0, secondsToChecked ?? 0, 1);
  return (
    <>
      {secondsToAvailable !== undefined && (
        <Bar name="until available" seconds={secondsToAvailable} of={longest} />
      )}
      {secondsToChecked !== undefined && (
        <Bar
          name={of.objects ? "until its sample was read and checked" : "until read whole and checked"}
          seconds={secondsToChecked}
          of={longest}
          late={rtoSeconds !== undefined && secondsToChecked > rtoSeconds}
        />
      )}
      {rtoSeconds !== undefined && <Bar name="objective (RTO)" seconds={rtoSeconds} of={longest} objective />}
      <Pairs
        of={[
          ["Started", <When key="s" at={of.startedAt} />],
          ["Ended", <When key="e" at={of.at} />],
          [
            "Data lost",
            dataLossSeconds === undefined
              ? `not measured; the RPO is ${duration(rpoSeconds)}`
              : `${duration(dataLossSeconds)} of an RPO of ${duration(rpoSeconds)}`,
          ],
        ]}
      />
    </>
  );
}

function Bar({
  name,
  seconds,
  of,
  late,
  objective,
}: {
  name: string;
  seconds: number;
  of: number;
  late?: boolean;
  objective?: boolean;
}) {
  return (
    <p class={`bar ${late ? "bad" : objective ? "objective" : "good"}`}>
      <span>
        <b>{duration(seconds)}</b> {name}
      </span>
      <i style={{ width: `${Math.max(0.5, (seconds / of) * 100)}%` }} />
    </p>
  );
}
