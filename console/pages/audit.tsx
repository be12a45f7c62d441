import { useState } from "preact/hooks";
import { useAsk } from "../asking.ts";
import { usePages } from "../pages-of.ts";
import { Answered, Empty } from "../parts/answered.tsx";
import { More } from "../parts/more.tsx";
import { Heading } from "../parts/panel.tsx";
import { Table } from "../parts/table.tsx";
import { When } from "../parts/when.tsx";
import { useTitle } from "../title.ts";
import { useHere } from "../who.ts";
import { shortWho } from "../words.ts";

/** Every action that changed something, of one region's chain. */
export function AuditPage() {
  useTitle("Audit");
  const { me } = useHere();
  const status = useAsk("getStatus", {});
  const [region, choose] = useState(me.region);
  const listed = usePages("listAudit", { query: { region } }, 30);
  const regions = status.answer ? [status.answer.primaryRegion, status.answer.recoveryRegion] : [me.region];
  return (
    <>
      <Heading title="Audit">
        <p class="lead">
          Each entry has the digest of the one before it.{" "}
          <code>npx holdfast audit --verify --env {me.environment}</code> checks the chain without this
          console.
        </p>
      </Heading>
      <fieldset class="choice">
        <legend class="unseen">Which region's chain</legend>
        {regions.map((one) => (
          <label key={one}>
            <input type="radio" name="region" checked={one === region} onChange={() => choose(one)} />
            <span>{one}</span>
          </label>
        ))}
      </fieldset>
      <Answered asked={listed} lines={8}>
        {(entries) =>
          entries.length === 0 ? (
            <Empty>Nobody has changed anything through {region} yet.</Empty>
          ) : (
            <>
              <Table
                caption={`Actions in ${region}, newest first`}
                heads={["When", "Who", "What", "Outcome", "From", "No."]}
              >
                {entries.map(({ number, at, who, what, target, outcome, from, previous }) => (
                  <tr key={number}>
                    <th scope="row">
                      <When at={at} />
                    </th>
                    <td title={who}>{shortWho(who)}</td>
                    <td>
                      {what}
                      <small class="id">{target}</small>
                    </td>
                    <td>{outcome}</td>
                    <td>
                      {from.through}
                      {from.address && <small>{from.address}</small>}
                    </td>
                    <td class="number" title={`after ${previous}`}>
                      {number}
                    </td>
                  </tr>
                ))}
              </Table>
              <More more={listed.more} />
            </>
          )
        }
      </Answered>
    </>
  );
}
