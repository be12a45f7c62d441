import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decideRpo } from "../../functions/core/decide-rpo.ts";
import type { Declaration } from "../../functions/core/declarations.ts";
import { rpoHistory, rtoHistory, secondsWithin } from "../../functions/core/objectives.ts";
import { gatherPoints } from "../../functions/core/point.ts";
import { slotOf } from "../../functions/core/slot.ts";
import type { ArchivesSource, BucketSource, Source } from "../../functions/core/source.ts";
import { database, hourly } from "./situation.ts";
import { november, type Stored, slotOn, watchView } from "./watching.ts";

const orders = database();
const uploads: BucketSource = {
  name: "uploads",
  kind: "bucket",
  bucket: "b",
  deletions: "keep",
  plan: hourly,
};
const erp: ArchivesSource = {
  ...{ name: "erp", kind: "archives", bucket: "b", prefix: "", arrivesSeconds: 7_200 },
  plan: { ...hourly, recoveryRpoSeconds: 10_800 },
};

/** When each place was out of its RPO, as text. */
function outOf(source: Source, now: string, facts: Stored[]): Record<string, string[]> {
  const histories = rpoHistory(watchView([source], november(now), facts), source);
  const text = (ms: number) => new Date(ms).toISOString().slice(8, 16).replace("T", " ");
  return Object.fromEntries(
    histories.map(({ place, out }) => [
      place.role,
      out.map(({ fromMs, untilMs }) => `${text(fromMs)} - ${text(untilMs)}`),
    ]),
  );
}

const taken = (slot: string, at: string): Stored => ["orders", slotOn(slot), "available", november(at)];
const copied = (slot: string, at: string): Stored => [
  "orders",
  slotOn(slot),
  "copied-eu-central-1",
  november(at),
];
const gone = (slot: string, at: string, how: "lost" | "expired", region = "eu-west-1"): Stored => [
  ...(["orders", slotOn(slot), `${how}-${region}`, november(at)] as const),
];

describe("a place is out of its RPO", () => {
  test("from the moment at which its newest point is too old until a newer one is there", () => {
    const facts = [
      taken("01 00:00", "01 00:10"),
      taken("20 00:00", "20 00:10"),
      taken("20 05:00", "20 05:20"),
    ];

    expect(outOf(orders, "20 06:00", facts).primary).toEqual(["01 02:00 - 20 00:10", "20 02:00 - 20 05:20"]);
  });

  test("place by place: a copy that comes late leaves its own gap", () => {
    const facts = [
      ...["00", "01", "02", "03", "04"].map((hour) => taken(`01 ${hour}:00`, `01 ${hour}:10`)),
      copied("01 00:00", "01 00:30"),
      copied("01 04:00", "01 04:30"),
    ];

    expect(outOf(orders, "01 05:00", facts)).toEqual({ primary: [], recovery: ["01 02:00 - 01 04:30"] });
  });

  test.each(["lost", "expired"] as const)(
    "from when its newest point was %s, if the one before is too old",
    (how) => {
      const facts = [
        taken("01 00:00", "01 00:10"),
        taken("01 03:00", "01 03:10"),
        gone("01 03:00", "01 03:40", how),
      ];

      expect(outOf(orders, "01 04:00", facts).primary).toEqual([
        "01 02:00 - 01 03:10",
        "01 03:40 - 01 04:00",
      ]);
    },
  );

  test("not because a point has gone of which a newer one is there, nor one that has gone in the other region", () => {
    const facts = [
      taken("01 00:00", "01 00:10"),
      taken("01 01:00", "01 01:10"),
      gone("01 00:00", "01 01:20", "expired"),
      gone("01 01:00", "01 01:30", "lost", "eu-central-1"),
    ];

    expect(outOf(orders, "01 02:00", facts).primary).toEqual([]);
  });

  test("from the RPO after its declaration, while there has been no point", () => {
    expect(outOf(orders, "01 04:00", [])).toEqual({
      primary: ["01 02:00 - 01 04:00"],
      recovery: ["01 02:00 - 01 04:00"],
    });
  });

  test("of a bucket in the recovery region alone", () => {
    const facts: Stored[] = [["uploads", slotOn("01 00:00"), "copied-eu-central-1", november("01 00:10")]];

    expect(outOf(uploads, "01 03:00", facts)).toEqual({ recovery: ["01 02:00 - 01 03:00"] });
  });

  test("of archives when none came in time, and while an intact one has no verified copy", () => {
    const arrival = (slot: string, name: string, at: string): Stored => [
      "erp",
      `${slotOn(slot)}-0a0a0a0a`,
      name,
      november(at),
    ];
    const facts = [
      arrival("01 01:00", "available", "01 01:01"),
      arrival("01 01:00", "verified-eu-west-1", "01 01:05"),
      arrival("01 01:00", "verified-eu-central-1", "01 04:30"),
    ];

    expect(outOf(erp, "01 06:00", facts)).toEqual({
      primary: ["01 05:00 - 01 06:00"],
      recovery: ["01 04:00 - 01 04:30"],
    });
  });
});

describe("each moment is held to what was declared then", () => {
  const now = november("10 04:00");
  const lax: Source = { ...orders, plan: { ...hourly, rpoSeconds: 86_400 } };
  const spent = (declarations: Declaration[], source: Source = orders) => {
    const more = { declarations: new Map([["orders", declarations]]) };
    const view = watchView([source], now, [taken("10 00:00", "10 00:10")], more);
    const [primary] = rpoHistory(view, source);
    return secondsWithin(primary?.out ?? [], Date.parse(november("10 00:10")), Date.parse(now));
  };

  test("what a plan did not ask for before is not held against it", () => {
    expect(spent([at("01 00:00", lax), at("10 03:00", orders)])).toBe(3_600);
  });

  test("an innocent edit gives no budget back, nor does one that asks for less, or withdraws it for a while", () => {
    const tagged = { ...orders, plan: { ...hourly, keep: { ...hourly.keep, hourly: 25 } } };
    expect(spent([at("01 00:00", orders), at("10 03:59", tagged)], tagged)).toBe(7_200);
    expect(spent([at("01 00:00", orders), at("10 03:59", lax)], lax)).toBe(7_140);
    expect(spent([at("01 00:00", orders), at("10 03:00"), at("10 03:30", orders)])).toBe(5_400);
  });

  test("a copy that was not asked for was not owed, and its gap counts from when it is", () => {
    const here: Source = { ...orders, plan: { ...hourly, copies: [] } };
    const declarations = new Map([["orders", [at("01 00:00", here), at("10 01:00", orders)]]]);
    const facts = [taken("10 00:00", "10 00:10")];
    const [, recovery] = rpoHistory(watchView([orders], now, facts, { declarations }), orders);
    expect(recovery?.out).toEqual([{ fromMs: Date.parse(november("10 01:00")), untilMs: Date.parse(now) }]);
  });

  test("an RTO that is made longer ends the time out of it, and does not undo it", () => {
    const [short, long] = [1_800, 7_200].map((rtoSeconds) => ({
      ...orders,
      plan: { ...hourly, rtoSeconds },
    }));
    const drill = { drill: slotOn("02 00:00"), point: slotOn("02 00:00"), outcome: "passed" } as const;
    const times = { at: november("02 01:00"), startedAt: november("02 00:00"), secondsToChecked: 3_600 };
    const view = watchView([long as Source], now, [], {
      declarations: new Map([["orders", [at("01 00:00", short), at("03 00:00", long)]]]),
      ended: new Map([["orders", [{ ...drill, ...times }]]]),
    });
    expect(rtoHistory(view, long as Source)).toEqual([
      { fromMs: Date.parse(november("02 01:00")), untilMs: Date.parse(november("03 00:00")) },
    ]);
  });

  function at(when: string, source?: Source): Declaration {
    return { at: november(when), ...(source ? { source } : {}) };
  }
});

test("under continuous protection it is what was told of it that counts", () => {
  const plan = { ...hourly, pointInTime: { reach: "primary" as const, days: 7 } };
  const span = { fromMs: Date.parse(november("03 00:00")), untilMs: Date.parse(november("03 00:07")) };
  const source = { ...orders, plan };
  const view = watchView([source], november("04 00:00"), [], {
    breaches: new Map([["orders/eu-west-1", [span]]]),
  });

  expect(rpoHistory(view, source)[0]?.out).toEqual([span]);
});

test("the RTO is missed from a drill that took too long, or failed, until the next that says otherwise", () => {
  const source = { ...orders, plan: { ...hourly, rtoSeconds: 1_800 } };
  const drill = (at: string, outcome: "passed" | "failed" | "broken-off", secondsToChecked?: number) => ({
    ...{ drill: slotOn(at), point: slotOn(at), outcome, at: november(at), startedAt: november(at) },
    ...(secondsToChecked === undefined ? {} : { secondsToChecked }),
  });
  const ended = new Map([
    [
      "orders",
      [
        drill("02 00:00", "passed", 1_800),
        drill("03 00:00", "passed", 1_801),
        drill("04 00:00", "broken-off"),
        drill("05 00:00", "passed", 60),
        drill("06 00:00", "failed"),
      ],
    ],
  ]);

  const out = rtoHistory(watchView([source], november("06 12:00"), [], { ended }), source);

  expect(out.map((one) => [new Date(one.fromMs), new Date(one.untilMs)])).toEqual([
    [new Date(november("03 00:00")), new Date(november("05 00:00"))],
    [new Date(november("06 00:00")), new Date(november("06 12:00"))],
  ]);
});

/** Facts of some points of a day, with whatever instants of being stored; the first of November is when it began. */
const histories = fc.array(
  fc.record({
    hour: fc.integer({ min: 0, max: 47 }),
    facts: fc.array(
      fc.tuple(
        fc.constantFrom(
          ...["available", "copied-eu-central-1", "verified-eu-west-1", "verified-eu-central-1"],
          ...["lost-eu-west-1", "lost-eu-central-1", "expired-eu-west-1", "expired-eu-central-1"],
        ),
        fc.integer({ min: 0, max: 360 }),
      ),
      { maxLength: 5 },
    ),
  }),
  { maxLength: 14 },
);

test.each([orders, uploads, erp])(
  "at every moment $name was out exactly if it was told so by the facts of then",
  (source) => {
    fc.assert(
      fc.property(histories, fc.integer({ min: 1, max: 54 * 60 }), (history, minutes) => {
        const start = Date.parse("2026-11-01T00:00:00Z");
        const facts = history.flatMap(({ hour, facts: names }): Stored[] => {
          const slot = slotOf(new Date(start + hour * 3_600_000));
          const point = source.kind === "archives" ? `${slot}-0a0a0a0a` : slot;
          // Of one fact there is one.
          return [...new Map(names)].map(([name, after]) => [
            ...([source.name, point, name] as const),
            new Date(start + hour * 3_600_000 + after * 60_000).toISOString(),
          ]);
        });
        // Between two minutes, so that nothing begins or ends at that very moment.
        const atMs = start + minutes * 60_000 - 30_000;
        const history30 = rpoHistory(watchView([source], "2026-11-04T00:00:00.000Z", facts), source);
        const known = gatherPoints(
          facts.map(([s, point, name, storedAt]) => ({ source: s, point, name, storedAt })),
        );
        const then = [...(known.get(source.name) ?? [])].flatMap(({ point, facts: all }): Stored[] =>
          [...all].flatMap(([name, at]): Stored[] =>
            Date.parse(at) <= atMs ? [[source.name, point, name, at]] : [],
          ),
        );
        const told = decideRpo(watchView([source], new Date(atMs).toISOString(), then), source);

        for (const { place, out } of history30) {
          const was = out.some(({ fromMs, untilMs }) => fromMs < atMs && atMs < untilMs);
          expect(was, `${place.role} at ${new Date(atMs).toISOString()}`).toBe(
            told.some(({ region }) => region === place.region),
          );
        }
      }),
      { numRuns: 400 },
    );
  },
);
