import { GetCallerIdentityCommand, type STSClient } from "@aws-sdk/client-sts";
import { awsProblem } from "../core/aws-error.ts";
import { Problem } from "../core/problem.ts";
import type { Proof } from "../core/proof.ts";

/** Says who somebody is without believing what they say. */
export type Identity = {
  /** A proof that whoever runs this is who they are, for one purpose only. Throws `Problem`. */
  prove(purpose: string): Promise<Proof>;
  /** The ARN of who made a proof, as AWS says. Throws `Problem` access-denied for a proof of something else or an old one. */
  identify(proof: Proof, purpose: string): Promise<string>;
};

/** It is signed with the request, so that a proof serves no other purpose. */
const purposeHeader = "x-holdfast-purpose";

/** Signed requests by way of the client's region and its STS. */
export function identityAt(client: STSClient): Identity {
  return {
    async prove(purpose) {
      let signed: HttpRequest | undefined;
      const command = prepared(purpose, (request) => {
        signed = request;
        return undefined;
      });
      await client.send(command).catch((thrown) => {
        if (!signed) throw awsProblem(thrown, "signing a request");
      });
      if (!signed) throw new Problem("internal", "nothing was signed", "Report this.");
      return { headers: signed.headers, body: signed.body };
    },
    async identify({ headers, body }, purpose) {
      const said = lowered(headers);
      const signed = /SignedHeaders=([^,\s]+)/.exec(said.authorization ?? "")?.[1]?.split(";") ?? [];
      const ofThis = said[purposeHeader] === purpose && signed.includes(purposeHeader);
      // The body is the question. Another one, like for a token, would be answered too.
      if (!ofThis || !/^Action=GetCallerIdentity&Version=[\d-]+$/.test(body)) throw noProof(purpose);
      // To where it is sent is decided here: whoever made the proof has no say in it.
      const command = prepared(purpose, (request) => ({ ...request, headers: said, body }));
      try {
        const { Arn } = await client.send(command);
        if (Arn) return Arn;
      } catch (thrown) {
        const problem = awsProblem(thrown, "asking STS who made a proof");
        if (problem.retryable) throw problem;
        throw noProof(purpose, thrown);
      }
      throw noProof(purpose);
    },
  };
}

type HttpRequest = { headers: Record<string, string>; body: string };

/** The question who I am, of which something is done with the signed request before it goes out. */
function prepared(purpose: string, last: (request: HttpRequest) => HttpRequest | undefined) {
  const command = new GetCallerIdentityCommand({});
  command.middlewareStack.add(
    (next) => (args) => {
      (args.request as HttpRequest).headers[purposeHeader] = purpose;
      return next(args);
    },
    { step: "build", name: "purpose" },
  );
  command.middlewareStack.add(
    (next) => async (args) => {
      const sent = last(args.request as HttpRequest);
      if (!sent) throw new Error("it is not to be sent");
      return next({ ...args, request: Object.assign(args.request as object, sent) });
    },
    // Signing is the last of the step before.
    { step: "deserialize", priority: "high", name: "afterSigning" },
  );
  return command;
}

function lowered(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function noProof(purpose: string, cause?: unknown): Problem {
  return new Problem(
    "access-denied",
    `what was sent does not prove who wants to ${purpose}`,
    "Run the command again: a proof is good for some minutes, in one region.",
    cause,
  );
}
