import { createReadStream } from "node:fs";
import { createGunzip, createZstdDecompress } from "node:zlib";

/*
 * What Node's decompressor gives by itself, on a file and with nothing done with what comes out, at the chunk sizes
 * that serve it best. Argument: the file. Prints one JSON line: seconds.
 */
const [file = ""] = process.argv.slice(2);
const began = performance.now();
const input = createReadStream(file, { highWaterMark: 1024 ** 2 });
const options = { chunkSize: 1024 ** 2 };
const output = input.pipe(file.endsWith(".gz") ? createGunzip(options) : createZstdDecompress(options));
for await (const _ of output);
process.stdout.write(`${JSON.stringify({ seconds: (performance.now() - began) / 1_000 })}\n`);
