import { useEffect, useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import type { Answer } from "../../functions/core/api/routes.ts";
import { useAsk } from "../asking.ts";
import { Answered, Empty } from "../parts/answered.tsx";
import { DryRun } from "../parts/dry-run.tsx";
import { Heading } from "../parts/panel.tsx";
import { WizardMoment } from "../parts/wizard-moment.tsx";
import { WizardTarget } from "../parts/wizard-target.tsx";
import { useTitle } from "../title.ts";
import { type Draft, emptyDraft, missingIn } from "../wish.ts";
import { kindWords } from "../words.ts";

const stepNames = ["Source", "Moment", "Target", "Dry run"] as const;
type Source = Answer<"listSources">["items"][number]["source"];

/** Asks what is to come back, as of when, and where to; shows what would be done; and only then does it. */
export function WizardPage() {
  useTitle("Restore");
  const asked = useAsk("listSources", { query: { limit: "200" } });
  return (
    <>
      <Heading title="Restore">
        <p class="lead">Nothing is done before you have seen each step of it.</p>
      </Heading>
      <Answered asked={asked} lines={6} tall>
        {({ items }) =>
          items.length === 0 ? (
            <Empty>There is no source.</Empty>
          ) : (
            <Wizard sources={items.map(({ source }) => source)} />
          )
        }
      </Answered>
    </>
  );
}

function Wizard({ sources }: { sources: Source[] }) {
  const { query } = useLocation();
  const status = useAsk("getStatus", {});
  const primary = status.answer?.primaryRegion;
  const asked = sources.find(({ name }) => name === query.source);
  const [draft, setDraft] = useState<Draft | undefined>(
    () => asked && emptyDraft(asked.name, asked.kind, "", query.point ?? ""),
  );
  const [step, setStep] = useState(asked ? 1 : 0);
  const heading = useRef<HTMLHeadingElement>(null);
  const moved = useRef(false);
  const change = (some: Partial<Draft>) => setDraft((before) => before && { ...before, ...some });

  // The focus follows the step.
  useEffect(() => {
    if (moved.current) heading.current?.focus();
    moved.current = true;
  }, [step]);
  useEffect(() => {
    if (primary) setDraft((before) => before && { ...before, region: before.region || primary });
  }, [primary]);

  function choose({ name, kind }: Source): void {
    setDraft(emptyDraft(name, kind, primary ?? "", ""));
    setStep(1);
  }

  const missing = draft && step > 0 ? missingAt(step, draft) : undefined;
  return (
    <div class="wizard">
      <ol class="progress" aria-label="Steps">
        {stepNames.map((name, index) => (
          <li
            key={name}
            class={index < step ? "done" : ""}
            aria-current={index === step ? "step" : undefined}
          >
            {index < step ? (
              <button type="button" class="quiet" onClick={() => setStep(index)}>
                {name}
              </button>
            ) : (
              <span>{name}</span>
            )}
          </li>
        ))}
      </ol>
      <section class="panel">
        <h2 ref={heading} tabIndex={-1}>
          {
            [
              "What is to come back?",
              "As it was when?",
              "Where to?",
              `Dry run: what would be done to bring back ${draft?.source}`,
            ][step]
          }
        </h2>
        {step === 0 && <Sources of={sources} choose={choose} />}
        {step === 1 && draft && <WizardMoment draft={draft} change={change} sources={sources} />}
        {step === 2 && draft && status.answer && (
          <WizardTarget draft={draft} change={change} status={status.answer} />
        )}
        {step === 3 && draft && <DryRun draft={draft} />}
        {step > 0 && (
          <footer>
            <button type="button" onClick={() => setStep(step - 1)}>
              Back
            </button>
            {step < 3 && (
              <>
                <button
                  type="button"
                  class="main"
                  aria-disabled={missing !== undefined}
                  aria-describedby="missing"
                  onClick={() => !missing && setStep(step + 1)}
                >
                  {step === 2 ? "Show the dry run" : "Next"}
                </button>
                <small id="missing">{missing}</small>
              </>
            )}
          </footer>
        )}
      </section>
    </div>
  );
}

/** What is missing at a step: of a target nothing can be missing before one has come to it. */
function missingAt(step: number, draft: Draft): string | undefined {
  if (step === 1) return missingIn({ ...draft, target: "own", which: "all" });
  return draft.region ? missingIn(draft) : "The regions are not known yet.";
}

function Sources({ of, choose }: { of: Source[]; choose: (source: Source) => void }) {
  return (
    <ul class="picks">
      {of.map((source) => (
        <li key={source.name}>
          <button type="button" onClick={() => choose(source)}>
            <b>{source.name}</b> <span>{kindWords[source.kind]}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
