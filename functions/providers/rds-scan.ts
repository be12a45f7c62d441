import {
  DescribeDBClusterSnapshotsCommand,
  DescribeDBSnapshotsCommand,
  type RDSClient,
} from "@aws-sdk/client-rds";
import { getEndpointFromInstructions } from "@smithy/core/endpoints";
import { eachElement } from "../core/xml.ts";
import { type Place, placeAt, sendPlainly } from "../plainly.ts";
import { type Scan, scanAll, scanned } from "../scan.ts";

/** The members of a DB snapshot or DB cluster snapshot that providers read, with what their text says. */
const members = new Map<string, (text: string) => unknown>([
  ...[
    ...["DBSnapshotIdentifier", "DBSnapshotArn", "DBInstanceIdentifier", "SourceDBSnapshotIdentifier"],
    ...["DBClusterSnapshotIdentifier", "DBClusterSnapshotArn", "DBClusterIdentifier"],
    ...["SourceDBClusterSnapshotArn", "Status", "SnapshotType", "KmsKeyId"],
  ].map((name) => [name, String] as const),
  ["AllocatedStorage", Number],
  ["PercentProgress", Number],
  ["Encrypted", (text) => text === "true"],
  ["StorageEncrypted", (text) => text === "true"],
  ["SnapshotCreateTime", (text) => new Date(text)],
]);

/** The commands whose answers are scanned, each with its action in RDS's query protocol. */
const scans = [
  { of: DescribeDBSnapshotsCommand, action: "DescribeDBSnapshots", scan: scanOf("DBSnapshot") },
  {
    of: DescribeDBClusterSnapshotsCommand,
    action: "DescribeDBClusterSnapshots",
    scan: scanOf("DBClusterSnapshot"),
  },
];

/**
 * Has the client read lists of snapshots by scanning them: a region may hold thousands, each with some forty members, and
 * each pass reads all, a hundred to a page. Of a snapshot only the members above and its tags are given. Pages are sent
 * without the SDK's layers (plainly.ts); whatever is not a plain success the SDK does again, with its retries.
 */
export function scanningSnapshots(client: RDSClient): RDSClient {
  let place: Promise<Place | undefined> | undefined;
  const sendAsSdk = client.send.bind(client) as (command: unknown, ...rest: unknown[]) => Promise<unknown>;
  // Before the SDK puts its layers together, which takes it as long as all the rest here.
  client.send = (async (command: { input: Record<string, unknown> }, ...rest: unknown[]) => {
    const known = scans.find(({ of }) => command instanceof of);
    const body = known && pageWish(known.action, command.input);
    if (!known || !body) return sendAsSdk(command, ...rest);
    place ??= findPlace(client);
    // The SDK makes the same call, and has the words for what is wrong.
    const output = await sendPage(client, place, body, known.scan).catch(() => undefined);
    return output ?? sendAsSdk(command, ...rest);
  }) as RDSClient["send"];
  return scanned(client, Object.fromEntries(scans.map(({ action, scan }) => [`${action}Command`, scan])));
}

/** The body of a page's call; `undefined` if it asks for something that is not said here. */
function pageWish(action: string, input: Record<string, unknown>): string | undefined {
  const body = new URLSearchParams({ Action: action, Version: "2014-10-31" });
  for (const [member, value] of Object.entries(input)) {
    if (value === undefined) continue;
    if (member !== "SnapshotType" && member !== "MaxRecords" && member !== "Marker") return undefined;
    body.set(member, String(value));
  }
  return body.toString();
}

async function sendPage(
  client: RDSClient,
  found: Promise<Place | undefined>,
  body: string,
  scan: Scan,
): Promise<object | undefined> {
  const place = await found;
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const answer = place && (await sendPlainly(client, place, { method: "POST", headers, body }));
  return answer && scanAll(answer.body, scan);
}

async function findPlace(client: RDSClient): Promise<Place | undefined> {
  const settings = { ...client.config } as unknown as Parameters<typeof getEndpointFromInstructions>[2];
  const endpoint = await getEndpointFromInstructions({}, DescribeDBSnapshotsCommand, settings);
  const signingRegion = await client.config.region();
  return placeAt(client, endpoint, { name: "sigv4", signingRegion, signingName: "rds" });
}

function scanOf(kind: "DBSnapshot" | "DBClusterSnapshot"): Scan {
  const before = new Map<string, string>();
  const read: Scan["read"] = (xml, textOf) => {
    const snapshots: Record<string, unknown>[] = [];
    const rest: { Marker?: string } = {};
    let asKnown = true;
    let listed = false;
    visit(0, xml.length, (_response, from, to) =>
      visit(from, to, (name, from, to) => {
        if (name !== `Describe${kind}sResult`) return;
        visit(from, to, (name, from, to) => {
          if (name === "Marker") rest.Marker = text(from, to);
          if (name !== `${kind}s`) return;
          listed = true;
          visit(from, to, (_item, from, to) => snapshots.push(snapshot(from, to)));
        });
      }),
    );
    return asKnown && listed ? { [`${kind}s`]: snapshots, ...rest } : undefined;

    function visit(from: number, to: number, tell: (name: string, from: number, to: number) => void): void {
      if (asKnown && !eachElement(xml, from, to, tell)) asKnown = false;
    }

    /** An escaped character leaves the page to the SDK. What says the same as in the snapshot before is not read again. */
    function text(from: number, to: number, member = ""): string {
      const same = before.get(member);
      if (same && same.length === to - from && xml.startsWith(same, from)) return same;
      const value = textOf(from, to);
      if (value.includes("&")) asKnown = false;
      else before.set(member, value);
      return value;
    }

    function snapshot(from: number, to: number): Record<string, unknown> {
      const one: Record<string, unknown> = {};
      visit(from, to, (name, from, to) => {
        const member = members.get(name);
        if (member) one[name] = member(text(from, to, name));
        else if (name === "TagList") one.TagList = tags(from, to);
      });
      return one;
    }

    function tags(from: number, to: number): Record<string, string>[] {
      const list: Record<string, string>[] = [];
      visit(from, to, (_tag, from, to) => {
        const tag: Record<string, string> = {};
        visit(from, to, (name, from, to) => {
          tag[name] = text(from, to, `${name}${list.length}`);
        });
        list.push(tag);
      });
      return list;
    }
  };
  return { item: kind, read };
}
