import { describe, expect, test } from "vitest";
import { decideExpiry, type Existing, type ExpiryView } from "../../functions/core/expiry.ts";
import { unsafe } from "../../functions/core/expiry-proof.ts";
import type { Finding } from "../../functions/core/finding.ts";
import { gatherPoints } from "../../functions/core/point.ts";
import { database, environmentOf, hourly } from "./situation.ts";

const ireland = "eu-west-1";
const frankfurt = "eu-central-1";
const orders = { ...database(), plan: { ...hourly, keep: { daily: 2 } } };
const environment = environmentOf(orders);

/** Four points of one day, newest last, of which `daily: 2` keeps the newest. */
const day = ["20261121T0000Z", "20261121T0100Z", "20261121T0200Z", "20261121T0300Z"];
/** Both regions have each of them. */
const both = day.flatMap((point) => [`${point} available`, `${point} copied-${frankfurt}`]);

/** A view at 12:00 from facts written "<point> <name> [<stored at>]". */
function view(facts: string[], more: Partial<ExpiryView> = {}): ExpiryView {
  const entries = facts.map((fact) => {
    const [point = "", name = "", storedAt = "2026-11-21T04:00:00Z"] = fact.split(" ");
    return { source: orders.name, point, name, storedAt };
  });
  return {
    environment,
    region: ireland,
    now: new Date("2026-11-21T12:00:00Z"),
    source: orders,
    points: gatherPoints(entries).get(orders.name) ?? [],
    open: [],
    reading: [],
    ...more,
  };
}

/** What is to be done with each point: "<point's hour> <step>", taken back marks with a "<". */
const steps = (given: ExpiryView) =>
  decideExpiry(given).steps.map(
    ({ point, step, takeBack }) => `${point.slice(9, 11)} ${step}${takeBack ? " <" : ""}`,
  );
const reasonsOf = (given: ExpiryView, point: string) =>
  decideExpiry(given).steps.find((one) => one.point === point)?.reasons ?? [];
const mark = (point: string, at: string, region = ireland) =>
  `${point} expiring-${region}-20261121T${at}00Z 2026-11-21T${at.slice(0, 2)}:${at.slice(2)}:00Z`;
const finding = (more: Partial<Finding>): Finding => ({
  kind: "archive-damaged",
  source: orders.name,
  detail: ireland,
  since: "2026-11-21T05:00:00Z",
  region: ireland,
  message: "",
  fix: "",
  ...more,
});

describe("in two passes,", () => {
  test("what no tier keeps is marked first", () => {
    expect(steps(view(both))).toEqual(["03 keep", "02 mark", "01 mark", "00 mark"]);
  });

  test("waits for an hour after its mark, and is then deleted", () => {
    const facts = [...both, mark(day[0] ?? "", "1045"), mark(day[1] ?? "", "1130")];
    expect(steps(view(facts))).toEqual(["03 keep", "02 mark", "01 wait", "00 delete"]);
    expect(reasonsOf(view(facts), "20261121T0100Z")[0]).toBe(
      "marked; it may go from 2026-11-21T12:30:00.000Z on",
    );
  });

  test("a mark is as old as the later of its name and of when S3 stored it", () => {
    const late = `${day[0]} expiring-${ireland}-20261121T080000Z 2026-11-21T11:30:00Z`;
    expect(steps(view([...both, late])).at(-1)).toBe("00 wait");
  });

  test("a mark of more than a day ago has lapsed, and one of the other region is none", () => {
    const old = `${day[0]} expiring-${ireland}-20261120T110000Z 2026-11-20T11:00:00Z`;
    expect(steps(view([...both, old, mark(day[1] ?? "", "1000", frankfurt)]))).toEqual([
      ...["03 keep", "02 mark", "01 mark", "00 mark"],
    ]);
  });

  test("a mark of a point that is to be kept is taken back, and nothing is deleted until all know that", () => {
    const facts = [...both, mark(day[0] ?? "", "1000"), mark(day[3] ?? "", "1000")];
    expect(steps(view(facts))).toEqual(["03 keep <", "02 mark", "01 mark", "00 wait"]);
    const takenBack = `${day[3]} kept-${ireland}-20261121T113000Z 2026-11-21T11:30:00Z`;
    expect(steps(view([...facts, takenBack])).at(-1)).toBe("00 wait");
    const now = new Date("2026-11-21T12:31:00Z");
    expect(steps(view([...facts, takenBack], { now })).at(-1)).toBe("00 delete");
  });

  test("a mark is taken back as of its own instant, if its maker's clock was ahead of ours", () => {
    const facts = [...both, mark(day[3] ?? "", "1220")];
    expect(decideExpiry(view(facts)).steps[0]?.takeBack).toEqual(new Date("2026-11-21T12:20:00Z"));
    const now = new Date("2026-11-21T12:30:00Z");
    expect(decideExpiry(view(facts, { now })).steps[0]?.takeBack).toEqual(now);
  });

  test("a mark that was taken back counts no more", () => {
    const facts = [...both, mark(day[0] ?? "", "1000"), `${day[0]} kept-${ireland}-20261121T103000Z`];
    expect(steps(view(facts)).at(-1)).toBe("00 mark");
  });
});

describe("protected is", () => {
  const marked = [...both, mark(day[0] ?? "", "1000")];

  test("what is held, until it is released", () => {
    const held = [...marked, `${day[0]} held-17`];
    expect(steps(view(held)).at(-1)).toBe("00 protect <");
    expect(reasonsOf(view(held), day[0] ?? "")[0]).toBe("held: 17");
    expect(steps(view([...held, `${day[0]} released-17`])).at(-1)).toBe("00 delete");
  });

  test("what a restore reads, for a week at most", () => {
    const read = [...both, `${day[0]} held-restore-17`];
    expect(reasonsOf(view(read), day[0] ?? "")[0]).toBe("being read: restore-17");
    const later = new Date("2026-11-29T12:00:00Z");
    expect(steps(view(read, { now: later })).at(-1)).toBe("00 mark");
  });

  test("what a restore or a drill has begun to read and not finished, for a week at most", () => {
    const by = "drill-20261121T0900Z";
    const of = (point = "", source = orders.name, since = "2026-11-21T09:00:00Z") => ({
      reading: [{ source, point, by, since }],
    });
    expect(steps(view(marked, of(day[0])))).toEqual(["03 keep", "02 mark", "01 mark", "00 protect <"]);
    expect(reasonsOf(view(marked, of(day[0])), day[0] ?? "")[0]).toBe(`being read: ${by}`);
    expect(steps(view(marked, of(day[1]))).at(-1)).toBe("00 delete");
    expect(steps(view(marked, of(day[0], "ledger"))).at(-1)).toBe("00 delete");
    expect(steps(view(marked, of(day[0], orders.name, "2026-11-14T12:00:00Z"))).at(-1)).toBe("00 delete");
  });

  test("what Object Lock keeps, until then, with no mark meanwhile", () => {
    const locked = [...both, `${day[0]} locked-${ireland}-20261201T000000Z`];
    expect(steps(view(locked)).at(-1)).toBe("00 protect");
    expect(reasonsOf(view(locked), day[0] ?? "")[0]).toBe("locked until 2026-12-01T00:00:00.000Z");
    expect(steps(view(locked, { now: new Date("2026-12-01T00:00:01Z") })).at(-1)).toBe("00 mark");
  });

  test("every point of a source with an open finding of damage, and that is told", () => {
    const frozen = view(marked, { open: [finding({ kind: "artefact-lost" })] });
    expect(steps(frozen)).toEqual(["03 keep", "02 protect", "01 protect", "00 protect <"]);
    expect(decideExpiry(frozen).findings).toEqual([
      {
        kind: "expiry-frozen",
        source: "orders",
        detail: ireland,
        since: "2026-11-21T05:00:00Z",
        region: ireland,
        message: `Nothing of "orders" expires in eu-west-1 while this is open: artefact-lost. 3 point(s) wait.`,
        fix: "Mend what those findings say; expiry then goes on by itself.",
      },
    ]);
    expect(decideExpiry(frozen).findings[0]?.fix.length).toBeLessThanOrEqual(70);
  });

  test("nothing of a source because of another one's finding, and nothing is told where nothing waits", () => {
    expect(steps(view(marked, { open: [finding({ source: "ledger" })] })).at(-1)).toBe("00 delete");
    const open = [finding({ kind: "artefact-lost" })];
    expect(decideExpiry(view([`${day[0]} available`], { open })).findings).toEqual([]);
  });

  test("what is older than a point in doubt", () => {
    const open = [finding({ kind: "snapshot-failed", detail: "20261121t0100z" })];
    expect(steps(view(marked, { open }))).toEqual(["03 keep", "02 mark", "01 mark", "00 protect <"]);
    expect(reasonsOf(view(marked, { open }), day[0] ?? "")[0]).toMatch(
      /a newer point is in doubt: snapshot-failed/,
    );
  });

  test("in the primary region, what is still to be copied", () => {
    const facts = [...day.map((point) => `${point} available`), `${day[1]} copied-${frankfurt}`];
    expect(steps(view(facts))).toEqual(["03 keep", "02 protect", "01 mark", "00 mark"]);
  });

  test("the copy that was completed last: the next one builds upon it", () => {
    const last = `${day[1]} copied-${frankfurt} 2026-11-21T11:00:00Z`;
    const facts = [...both.filter((fact) => !fact.startsWith(`${day[1]} copied`)), last];
    expect(steps(view(facts, { region: frankfurt }))).toEqual([
      "03 keep",
      "02 mark",
      "01 protect",
      "00 mark",
    ]);
    const aurora = { name: "orders", kind: "rds-cluster", cluster: "orders", plan: orders.plan } as const;
    expect(steps(view(facts, { region: frankfurt, source: aurora })).at(2)).toBe("01 mark");
  });
});

test("a verified point stands for its day although a newer one is there, and the newest stays too", () => {
  const facts = [...both, `${day[1]} verified-${ireland}`];
  expect(steps(view(facts))).toEqual(["03 keep", "02 mark", "01 keep", "00 mark"]);
  expect(reasonsOf(view(facts), day[1] ?? "")).toEqual([
    "the newest verified",
    "daily 1 of 2: the newest verified of 2026-11-21",
  ]);
});

test("while something blocks, nothing is marked or deleted, and marks stay", () => {
  const facts = [...both, mark(day[0] ?? "", "1000")];
  expect(steps(view(facts, { blocked: "the vault in eu-central-1 cannot be read" }))).toEqual([
    ...["03 keep", "02 wait", "01 wait", "00 wait"],
  ]);
});

describe("of what exists,", () => {
  const existing = (...pairs: [string | undefined, Existing][]) =>
    new Map(pairs.map(([point = "", what]) => [point, what] as const));

  test("only what is there counts; what was marked and is gone is recorded as expired", () => {
    const there = existing([day[0], "available"], [day[2], "available"]);
    const facts = [...both, mark(day[3] ?? "", "1000")];
    expect(steps(view(facts, { existing: there }))).toEqual(["03 record", "02 keep", "00 mark"]);
  });

  test("what went in the very moment in which its mark was taken back was deleted, until it has been seen again", () => {
    const existing = new Map<string, Existing>([["20261121T0300Z", "available"]]);
    const back = `20261121T0100Z kept-${ireland}-20261121T100000Z 2026-11-21T10:00:00Z`;
    const marked = [...both, mark("20261121T0100Z", "0430"), back];
    // Nobody has looked since: the pass that deleted it was cut off before it could say so.
    expect(steps(view(marked, { existing }))).toContain("01 record");

    const there = new Map<string, Existing>(day.map((point) => [point, "available"]));
    const held = [...marked, "20261121T0100Z held-1"];
    expect(steps(view(held, { existing: there }))).toContain("01 protect <");
    const seen = [...marked, `20261121T0100Z kept-${ireland}-20261121T113000Z 2026-11-21T11:30:00Z`];
    expect(steps(view(seen, { existing }))).not.toContain("01 record");
    expect(steps(view([...seen, "20261121T0100Z held-1"], { existing: there }))).toContain("01 protect");
  });

  test("failed attempts go once newer points are there, but not while the point can still be copied", () => {
    const failed = existing([day[3], "available"], [day[0], "failed"]);
    const facts = [`${day[3]} available`, `${day[0]} failed-${ireland}-1`];
    expect(steps(view(facts, { existing: failed }))).toEqual(["03 keep", "00 mark"]);
    expect(steps(view([...facts, `${day[0]} held-1`], { existing: failed }))).toEqual([
      "03 keep",
      "00 protect",
    ]);
    const copies = [`${day[3]} copied-${frankfurt}`, `${day[0]} failed-${frankfurt}-1`];
    const abroad = { existing: failed, region: frankfurt };
    expect(steps(view([...copies, `${day[0]} available`], abroad))).toEqual(["03 keep"]);
    expect(steps(view(copies, abroad))).toEqual(["03 keep", "00 mark"]);
  });

  test("what expired and is there all the same goes as well", () => {
    const there = existing([day[3], "available"], [day[0], "available"]);
    expect(steps(view([...both, `${day[0]} expired-${ireland}`], { existing: there }))).toEqual([
      ...["03 keep", "00 mark"],
    ]);
    // Of what has expired a failed copy is none that could be made again, though the point is still in the other region.
    const failed = existing([day[3], "available"], [day[0], "failed"]);
    const abroad = { existing: failed, region: frankfurt };
    const facts = [`${day[3]} copied-${frankfurt}`, `${day[0]} available`, `${day[0]} expired-${frankfurt}`];
    expect(steps(view(facts, abroad))).toEqual(["03 keep", "00 mark"]);
  });
});

test("each job of a drop keeps its own", () => {
  const erp = {
    ...({ name: "orders", kind: "archives", bucket: "dumps", prefix: "" } as const),
    arrivesSeconds: 86_400,
    plan: orders.plan,
  };
  const jobOf = (point: string) => (point < "20261121T0200Z" ? "invoices" : "orders");
  const copies = { source: erp, region: frankfurt, jobOf };
  expect(steps(view(both, copies))).toEqual(["03 keep", "02 mark", "01 keep", "00 mark"]);
  expect(decideExpiry(view(both, { source: erp })).steps).toEqual([]);
});

describe("the proof finds what a wrong retention would lose:", () => {
  const there = day.map((point, index) => ({ point, verified: index === 1 }));
  const now = new Date("2026-11-21T12:00:00Z");
  const left = (...hours: number[]) => new Set(hours.map((hour) => day[hour] ?? ""));

  test.each<[string, Set<string>, object, string[]]>([
    ["nothing, if all is kept", left(1, 3), { daily: 2 }, []],
    ["the newest", left(1, 2), {}, ["20261121T0300Z is the newest"]],
    ["the newest verified", left(3), {}, ["20261121T0100Z is the newest verified"]],
    ["the last so many", left(1, 3), { last: 2 }, ["20261121T0200Z is among the 2 newest"]],
    ["a period's only point", left(1, 3), { hourly: 2 }, ["the hourly tier would lose 20261121T0200Z"]],
    [
      ...(["a period's verified point", left(3)] as const),
      { weekly: 1 },
      ["20261121T0100Z is the newest verified", "the weekly tier would lose a verified point"],
    ],
  ])("%s", (_what, survivors, policy, why) => {
    expect(unsafe(there, survivors, policy, now)).toEqual(why);
  });
});
