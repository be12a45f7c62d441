import { describe, expect, test } from "vitest";
import type { Environment } from "../../functions/core/environment.ts";
import { snapshotId } from "../../functions/core/names.ts";
import type { Provider } from "../../functions/core/provider.ts";
import { identifierOf, type Source } from "../../functions/core/source.ts";
import type { VirtualClock } from "../../local/clock.ts";
import { AwsError, type Twin } from "../../local/twin.ts";

/** What a provider's test hands to the suite. */
export type Subject = {
  environment: Environment;
  source: Source;
  twin: Twin;
  clock: VirtualClock;
  /** The provider as it runs in a region. */
  provider(region: string): Provider;
};

const point = "20261121T0300Z";

/** What core/provider.ts promises of every provider. */
export function providerContract(make: () => Promise<Subject>): void {
  describe("keeps the contract of a provider", () => {
    test("observes its sources, however often it is asked", async () => {
      const { provider, environment, source } = await make();
      const first = await provider(environment.primaryRegion).observe();
      const second = await provider(environment.primaryRegion).observe();

      expect(second).toEqual(first);
      if (source.kind !== "archives") expect(first.sources.size).toBeGreaterThan(0);
    });

    test("a point that is taken twice is one point", async () => {
      const { provider, environment, source, clock } = await make();
      const here = provider(environment.primaryRegion);
      await here.take(source, point, 1);
      clock.advance(3_600_000);
      await here.take(source, point, 1);

      const { artefacts } = await here.observe();
      expect(artefacts.length).toBeLessThanOrEqual(1);
    });

    test("what is not there is undefined, not an error", async () => {
      const { provider, environment } = await make();
      expect(
        await provider(environment.primaryRegion).inspect("test-nothing-20261121t0300z"),
      ).toBeUndefined();
    });

    test("what is not there is as good as removed, however often it is asked", async () => {
      const { provider, environment, source } = await make();
      const here = provider(environment.recoveryRegion);
      expect(await here.remove(source, point, 1)).toEqual({});
      expect(await here.remove(source, point, 1)).toEqual({});
    });

    test("throttling comes out as a problem that may be repeated", async () => {
      const { provider, environment, source, twin } = await make();
      twin.interceptors.push(() => Promise.reject(new AwsError("ThrottlingException", "Rate exceeded")));

      await expect(provider(environment.primaryRegion).take(source, point, 1)).rejects.toMatchObject({
        retryable: true,
      });
    });
  });
}

/** What the providers of databases promise besides. */
export function snapshotContract(make: () => Promise<Subject>): void {
  describe("keeps the contract of a provider with snapshots", () => {
    test("a copy is made in the region that asks, with its key and our tags, and can be asked for twice", async () => {
      const { provider, environment, source, clock } = await make();
      const primary = provider(environment.primaryRegion);
      const recovery = provider(environment.recoveryRegion);
      await primary.take(source, point, 1);
      clock.advance(3_600_000);
      const [taken] = (await primary.observe()).artefacts;
      await recovery.copy(source, point, taken?.arn ?? "", 1);
      await recovery.copy(source, point, taken?.arn ?? "", 1);
      clock.advance(3_600_000);

      const { artefacts } = await recovery.observe();
      expect(artefacts).toHaveLength(1);
      expect(artefacts[0]).toMatchObject({
        status: "available",
        encrypted: true,
        tags: taken?.tags,
        copiedFromArn: taken?.arn,
      });
      expect(artefacts[0]?.keyArn).not.toBe(taken?.keyArn);
    });

    test("somebody else's snapshot with our name is a conflict that says so, and is never removed", async () => {
      const subject = await make();
      const { provider, environment, source, clock } = subject;
      await takeByHand(subject, snapshotId(environment, source.name, point));
      clock.advance(3_600_000);

      const here = provider(environment.primaryRegion);
      const conflict = { code: "conflict", message: expect.stringContaining("not Holdfast's") };
      await expect(here.take(source, point, 1)).rejects.toMatchObject(conflict);
      await expect(here.remove(source, point, 1)).rejects.toMatchObject(conflict);
      expect((await here.observe()).artefacts).toHaveLength(1);
    });

    test("removes the artefact of the attempt that is named, in its own region, and nothing else", async () => {
      const subject = await make();
      const { provider, environment, source, clock } = subject;
      const primary = provider(environment.primaryRegion);
      const recovery = provider(environment.recoveryRegion);
      const id = snapshotId(environment, source.name, point);
      const later = "20261121T0400Z";
      const takes = [
        () => primary.take(source, point, 1),
        () => primary.take(source, point, 2),
        () => primary.take(source, later, 1),
        () => takeByHand(subject, `${id}-by-hand`),
      ];
      for (const take of takes) {
        await take();
        clock.advance(3_600_000);
      }
      await recovery.copy(source, point, (await primary.inspect(id))?.arn ?? "", 1);
      clock.advance(3_600_000);

      expect(await primary.remove(source, point, 1)).toEqual({});
      expect(await primary.remove(source, point, 1)).toEqual({});

      const left = (await primary.observe()).artefacts.map((one) => one.id).sort();
      expect(left).toEqual([id.replace("0300z", "0400z"), `${id}-by-hand`, `${id}-r2`].sort());
      expect((await recovery.observe()).artefacts).toHaveLength(1);
    });

    test("does not remove what is still being made, and may be asked again", async () => {
      const { provider, environment, source } = await make();
      const here = provider(environment.primaryRegion);
      await here.take(source, point, 1);

      await expect(here.remove(source, point, 1)).rejects.toMatchObject({
        code: "conflict",
        retryable: true,
      });
      expect((await here.observe()).artefacts).toHaveLength(1);
    });

    test("pages through more snapshots than one answer holds", async () => {
      const { provider, environment, source, clock } = await make();
      const here = provider(environment.primaryRegion);
      for (let i = 0; i < 130; i++) {
        const day = String(1 + Math.floor(i / 24)).padStart(2, "0");
        await here.take(source, `202611${day}T${String(i % 24).padStart(2, "0")}00Z`, 1);
        clock.advance(3_600_000);
      }
      const { artefacts, manualSnapshots } = await here.observe();
      expect(artefacts).toHaveLength(130);
      expect(manualSnapshots).toEqual({ used: 130, max: 500 });
    });
  });
}

/** What the providers of databases promise of automated backups. */
export function continuousContract(make: () => Promise<Subject>): void {
  describe("keeps the contract of continuous protection", () => {
    test("tells for how many days the region keeps automated backups, and the latest moment they reach", async () => {
      const { provider, environment, source, clock } = await make();
      const { continuous, observe } = provider(environment.primaryRegion);
      clock.advance(3_600_000);

      const seen = await continuous?.look();

      expect(seen?.get(identifierOf(source))).toMatchObject({ days: 1, going: true });
      const until = Date.parse(seen?.get(identifierOf(source))?.until ?? "");
      expect(clock.now() - until).toBeLessThanOrEqual(300_000);
      expect((await observe()).backups).toEqual(seen);
    });

    test("has them kept for more days, asks once however often it is asked, and never for fewer days", async () => {
      const { provider, environment, source, twin, clock } = await make();
      const { continuous } = provider(environment.primaryRegion);
      let changes = 0;
      twin.interceptors.push((call, proceed) => {
        if (call.operation.startsWith("Modify")) changes += 1;
        return proceed();
      });
      for (const days of [14, 14, 3]) {
        await continuous?.keep(source, days);
        clock.advance(600_000);
      }

      expect(changes).toBe(1);
      expect((await continuous?.look())?.get(identifierOf(source))).toMatchObject({ days: 14, going: true });
    });

    test("what is not there cannot be kept, and while it is being changed that may be asked again", async () => {
      const { provider, environment, source } = await make();
      const { continuous } = provider(environment.primaryRegion);
      const gone =
        source.kind === "rds-cluster" ? { ...source, cluster: "no" } : { ...source, instance: "no" };
      await expect(continuous?.keep(gone, 7)).rejects.toMatchObject({ code: "not-found", retryable: false });

      await continuous?.keep(source, 7);
      await expect(continuous?.keep(source, 8)).rejects.toMatchObject({ code: "conflict", retryable: true });
    });
  });
}

/** A snapshot of the source that somebody takes, without our tags. */
async function takeByHand({ twin, environment, source }: Subject, id: string): Promise<void> {
  const [operation, input]: [string, Record<string, unknown>] =
    source.kind === "rds-cluster"
      ? ["CreateDBClusterSnapshot", { DBClusterSnapshotIdentifier: id, DBClusterIdentifier: source.cluster }]
      : ["CreateDBSnapshot", { DBSnapshotIdentifier: id, DBInstanceIdentifier: "db0" }];
  const { primaryRegion: region } = environment;
  await twin.call({ service: "rds", region, operation, input, principal: "somebody" });
}
