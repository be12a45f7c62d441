import type { Client } from "./client.ts";
import type { House } from "./house.ts";
import type { Reach } from "./reach.ts";

/** What a verb gives back: the same content for people and for programs. */
export type Outcome = { json: unknown; text: string[]; exitCode: number };

/** What a verb may use of the machine. */
export type Io = {
  reach: Reach;
  now(): Date;
  /** Resolves after so many ms. */
  wait(ms: number): Promise<void>;
  /** Shows a line at once, apart from the outcome, while something is waited for. */
  tell(line: string): void;
};

/** What was asked for on the command line, besides the verb and its arguments. */
export type Options = {
  /** The region to look at; absent: the one that answers, the primary first. */
  region?: string;
  /** Seconds to wait for what was begun. */
  timeoutSeconds: number;
  /** Whether to wait at all. */
  wait: boolean;
  /** Whether only to say what would be done. */
  dryRun: boolean;
  /** Why, in a person's words. */
  reason?: string;
  /** The hold that is meant. */
  hold?: string;
  /** Whether to report what there is and begin nothing. */
  report: boolean;
  /** Whether to check what is there. */
  verify: boolean;
  /** The file to write to, or to check. */
  file?: string;
  /** A file with the public key that must have signed. */
  key?: string;
  /** For how long, as a duration. */
  duration?: string;
  /** Whether to go around the API, with the vault and credentials alone. */
  breakGlass: boolean;
} & RestoreOptions;

/** What is said of a restore; see cli/help.ts. */
export type RestoreOptions = {
  latest?: boolean;
  /** The point that is meant, of a drill too. */
  point?: string;
  toTime?: string;
  as?: string;
  prefix?: string;
  keys?: string;
  replace?: boolean;
  skipPrebackup?: boolean;
  confirm?: string;
  subnetGroup?: string;
  securityGroup?: string[];
  class?: string;
  hydrate?: boolean;
  deletions?: boolean;
  overwrite?: boolean;
  to?: string;
  refuse?: string;
};

/** One verb of the command. Throws `Problem`. */
export type Verb = (args: string[], house: House, options: Options, io: Io) => Promise<Outcome>;

/** A verb that works through the API alone, wherever that answers. Throws `Problem`. */
export type ApiVerb = (args: string[], client: Client, options: Options, io: Io) => Promise<Outcome>;

/** A verb that needs no environment and no AWS. Throws `Problem`. */
export type LocalVerb = (options: Options) => Promise<Outcome>;

/** The exit code that says that a source is out of its RPO, or a finding is open that pages. */
export const outOfRpoExitCode = 1;
