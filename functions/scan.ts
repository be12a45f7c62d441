/** How the pages of a list are read. */
export type Scan = {
  /** The name of the elements of which a page has many, one after the other. */
  item: string;
  /**
   * Reads the XML of an answer's body, or of a piece of it, into members of the output; `undefined` leaves the answer to the
   * SDK. Places in `xml` are bytes, one character each; `text` gives what is between two of them as a string of its own,
   * which does not keep the whole page in memory. Lists of several pieces are put together.
   */
  read(xml: string, text: (from: number, to: number) => string): Record<string, unknown> | undefined;
};

/** What clients and commands of the SDK have in common here. Its types differ per client. */
type Stacked = {
  // biome-ignore lint/suspicious/noExplicitAny: see above; only the shapes of `Handler` are used.
  middlewareStack: { add(middleware: any, options: any): void };
};
type Handler = (args: unknown) => Promise<{ response: Response; output: object }>;
type Response = { statusCode: number; body: AsyncIterable<Uint8Array> | Uint8Array };
type Context = { commandName: string; scanned?: object | undefined };

/**
 * Has answers to some commands ("ListObjectsV2Command") read by a scan of ours. The SDK makes every element of a page
 * into objects, and those into the output: some 20 ms of CPU for 1,000 keys, of each of which a caller wants two
 * members. Errors, and what a scan does not know, the SDK reads as always. Gives what it was given.
 */
export function scanned<S extends Stacked>(stacked: S, scans: Record<string, Scan>): S {
  // Inside the SDK's reader, once for each attempt: the reader finds an empty body where a scan has read the full one.
  stacked.middlewareStack.add(
    (next: Handler, context: Context) => async (args: unknown) => {
      context.scanned = undefined;
      const answer = await next(args);
      const scan = scans[context.commandName];
      const { response } = answer;
      if (!scan || response.statusCode !== 200 || response.body instanceof Uint8Array) return answer;
      const chunks = await chunksOf(response.body);
      context.scanned = scanAll(chunks, scan);
      response.body = context.scanned ? new Uint8Array() : Buffer.concat(chunks);
      return answer;
    },
    { step: "deserialize", priority: "low", name: "scan" },
  );
  // Outside the SDK's logger, which walks through the output even when nobody listens.
  stacked.middlewareStack.add(
    (next: Handler, context: Context) => async (args: unknown) => {
      const answer = await next(args);
      return context.scanned ? { ...answer, output: { ...answer.output, ...context.scanned } } : answer;
    },
    { step: "initialize", priority: "high", name: "scanned" },
  );
  return stacked;
}

async function chunksOf(body: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return chunks;
}

/** Pages are read one after the other: a buffer for each would have V8 collect garbage at every other page. */
let page = Buffer.alloc(0);

/**
 * V8 puts a longer string straight among its old objects, and collects garbage there for every hundred pages: half of the
 * time of a first pass.
 */
const pieceBytes = 96 * 1_024;

/** Reads a body with a scan; `undefined` if it does not know what is in it. */
export function scanAll(chunks: readonly Uint8Array[], { item, read }: Scan): object | undefined {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (page.length < length) page = Buffer.allocUnsafeSlow(2 * length);
  let at = 0;
  for (const chunk of chunks) {
    page.set(chunk, at);
    at += chunk.length;
  }
  const bytes = page.subarray(0, length);
  const [opens, closes] = [`<${item}>`, `</${item}>`];
  const first = length <= pieceBytes ? -1 : bytes.indexOf(opens);
  if (first < 0) return read(bytes.toString("latin1"), (from, to) => bytes.toString("utf8", from, to));
  const after = bytes.lastIndexOf(closes) + closes.length;
  const head = bytes.toString("latin1", 0, first);
  const tail = bytes.toString("latin1", after);
  const whole: Record<string, unknown> = {};
  for (let begin = first; begin < after; ) {
    const end = endOfPiece(bytes, closes, begin, after);
    if (end <= begin) return undefined;
    const textOf = (from: number, to: number) => {
      if (to <= first) return bytes.toString("utf8", from, to);
      const piece = first + end - begin;
      const shift = from < piece ? begin - first : after - piece;
      return bytes.toString("utf8", from + shift, to + shift);
    };
    const part = read(`${head}${bytes.toString("latin1", begin, end)}${tail}`, textOf);
    if (!part) return undefined;
    for (const [name, value] of Object.entries(part)) {
      const before = whole[name];
      if (Array.isArray(before) && Array.isArray(value)) before.push(...value);
      else whole[name] = value;
    }
    begin = end;
  }
  return whole;
}

/** Behind as many whole items as a piece has room for, one at least. */
function endOfPiece(bytes: Buffer, closes: string, begin: number, after: number): number {
  if (begin + pieceBytes >= after) return after;
  const last = bytes.lastIndexOf(closes, begin + pieceBytes - closes.length);
  return (last >= begin ? last : bytes.indexOf(closes, begin)) + closes.length;
}
