import { usePages } from "../pages-of.ts";
import { Answered, Empty } from "../parts/answered.tsx";
import { More } from "../parts/more.tsx";
import { Heading } from "../parts/panel.tsx";
import { State } from "../parts/state.tsx";
import { Table } from "../parts/table.tsx";
import { When } from "../parts/when.tsx";
import { useTitle } from "../title.ts";
import { shortWho } from "../words.ts";

/** All restores, newest first. */
export function RestoresPage() {
  useTitle("Restores");
  const listed = usePages("listRestores", {}, 15);
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
      <Answered asked={listed} lines={6}>
        {(restores) =>
          restores.length === 0 ? (
            <Empty>Nothing has been restored yet. Drills rehearse it.</Empty>
          ) : (
            <>
              <Table caption="Restores, newest first" heads={["Asked for", "Source", "State", "Into", "By"]}>
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
              </Table>
              <More more={listed.more} />
            </>
          )
        }
      </Answered>
    </>
  );
}
