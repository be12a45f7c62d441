import type { RDSClient } from "@aws-sdk/client-rds";
import { eachElement } from "../core/xml.ts";
import { type Scan, scanned } from "../scan.ts";

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

/**
 * Has the client read lists of snapshots by scanning them: a region may hold thousands, each with some forty members,
 * and each pass reads all. Of a snapshot only the members above and its tags are given.
 */
export function scanningSnapshots(client: RDSClient): RDSClient {
  return scanned(client, {
    DescribeDBSnapshotsCommand: scanOf("DBSnapshot"),
    DescribeDBClusterSnapshotsCommand: scanOf("DBClusterSnapshot"),
  });
}

function scanOf(kind: "DBSnapshot" | "DBClusterSnapshot"): Scan {
  return (xml, textOf) => {
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

    /** An escaped character leaves the page to the SDK. */
    function text(from: number, to: number): string {
      const value = textOf(from, to);
      if (value.includes("&")) asKnown = false;
      return value;
    }

    function snapshot(from: number, to: number): Record<string, unknown> {
      const one: Record<string, unknown> = {};
      visit(from, to, (name, from, to) => {
        const member = members.get(name);
        if (member) one[name] = member(text(from, to));
        else if (name === "TagList") one.TagList = tags(from, to);
      });
      return one;
    }

    function tags(from: number, to: number): Record<string, string>[] {
      const list: Record<string, string>[] = [];
      visit(from, to, (_tag, from, to) => {
        const tag: Record<string, string> = {};
        visit(from, to, (name, from, to) => {
          tag[name] = text(from, to);
        });
        list.push(tag);
      });
      return list;
    }
  };
}
