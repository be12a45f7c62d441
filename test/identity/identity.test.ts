import { STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { identityAt } from "../../functions/identity/identity.ts";
import { realClock } from "../../local/clock.ts";
import { serve } from "../../local/server.ts";
import { stsService } from "../../local/services/sts.ts";
import { Twin } from "../../local/twin.ts";

/*
 * Who somebody is is asked of AWS, over HTTP: in process nothing is signed.
 */
let server: Awaited<ReturnType<typeof serve>>;

beforeAll(async () => {
  const twin = new Twin({ clock: realClock });
  twin.register(stsService(twin));
  server = await serve(twin);
});

afterAll(() => server.close());

function identityOf(accessKeyId: string) {
  const credentials = { accessKeyId, secretAccessKey: "none" };
  return identityAt(new STSClient({ region: "eu-west-1", endpoint: server.url, credentials }));
}

test("a proof tells who made it, to whoever is asked", async () => {
  const proof = await identityOf("alice").prove("approve r-1");
  expect(await identityOf("function").identify(proof, "approve r-1")).toMatch(/user\/alice$/);
  expect(JSON.stringify(proof)).not.toContain("none");
});

test("a proof for one purpose serves no other", async () => {
  const proof = await identityOf("alice").prove("approve r-1");
  await expect(identityOf("function").identify(proof, "approve r-2")).rejects.toMatchObject({
    code: "access-denied",
  });
});

test("a purpose that was not signed, or another question, is no proof", async () => {
  const proof = await identityOf("alice").prove("approve r-1");
  const headers: Record<string, string> = { ...proof.headers, "x-holdfast-purpose": "approve r-2" };
  const forged = { ...proof, headers };
  const unsigned = {
    ...forged,
    headers: {
      ...forged.headers,
      authorization: (headers.authorization ?? "").replace(";x-holdfast-purpose", ""),
    },
  };
  const asked = { ...proof, body: "Action=GetSessionToken&Version=2011-06-15" };
  const { identify } = identityOf("function");
  await expect(identify(unsigned, "approve r-2")).rejects.toMatchObject({ code: "access-denied" });
  await expect(identify(asked, "approve r-1")).rejects.toMatchObject({ code: "access-denied" });
});

test("a region that does not answer is trouble that may pass, and no forgery", async () => {
  const proof = await identityOf("alice").prove("approve r-1");
  const away = identityAt(
    new STSClient({
      region: "eu-west-1",
      endpoint: "http://127.0.0.1:9",
      maxAttempts: 1,
      credentials: { accessKeyId: "function", secretAccessKey: "none" },
    }),
  );
  await expect(away.identify(proof, "approve r-1")).rejects.toMatchObject({ code: "unavailable" });
});
