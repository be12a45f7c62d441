import { usePages } from "../pages-of.ts";
import { Answered, Empty } from "../parts/answered.tsx";
import { More } from "../parts/more.tsx";
import { Heading } from "../parts/panel.tsx";
import { State } from "../parts/state.tsx";
import { When } from "../parts/when.tsx";
import { useTitle } from "../title.ts";
import { shortWho } from "../words.ts";

/** All restores, newest first. */
export function RestoresPage() {
  useTitle("Restores");
  const { items, refusal, more, again } = usePages("listRestores", {}, 15);
  return (
    <>
      <Heading
        title="Restores"
        aside={
          <a class="button main" href="/restore">
            Restore…
          </a>
        }
      >
        <p class="lead">A restore makes everything beside what is there, and swaps in last.</p>
      </Heading>
      <Answered asked={{ ...(items && { answer: items }), refusal, again }} lines={6}>
        {(restores) =>
          restores.length === 0 ? (
            <Empty>Nothing has been restored yet. Drills rehearse it.</Empty>
          ) : (
            <>
              <div class="scroll">
                <table>
                  <caption class="unseen">Restores, newest first</caption>
                  <thead>
                    <tr>
                      <th scope="col">Asked for</th>
                      <th scope="col">Source</th>
                      <th scope="col">State</th>
                      <th scope="col">Into</th>
                      <th scope="col">By</th>
                    </tr>
                  </thead>
                  <tbody>
                    {restores.map(({ id, source, region, state, requestedAt, requestedBy, plan }) => (
                      <tr key={id}>
                        <th scope="row">
                          <a href={`/restores/${id}`}>
                            <When at={requestedAt} />
                          </a>
                        </th>
                        <td>{source}</td>
                        <td>
                          <State is={state} />
                        </td>
                        <td>
                          {plan?.into ?? "–"}
                          <small>{region}</small>
                        </td>
                        <td title={requestedBy}>{requestedBy ? shortWho(requestedBy) : "–"}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
              <More more={more} />
            </>
          )
        }
      </Answered>
    </>
  );
}
