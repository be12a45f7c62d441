import type { ApiWorld } from "../api-world.ts";
import type { Caller } from "../core/api/caller.ts";
import type { Answer, Input, Operation } from "../core/api/routes.ts";

/**
 * What an operation is given: its world, and who asks. `since`: when the same request was tried first, of which nobody
 * knows whether it was done. Whatever was named by that instant then is to be named by it again, so that it is one.
 */
export type Asked = { world: ApiWorld; caller: Caller; since?: Date };

/** An operation that only looks. Throws `Problem`. */
export type Look<O extends Operation> = (input: Input<O>, asked: Asked) => Promise<Answer<O>>;

/**
 * An operation that changes something, in two halves. The first checks everything and changes nothing: what is refused,
 * by a `Problem`, is refused here. The second does it. Between them it is written into the audit log.
 */
export type Change<O extends Operation> = (input: Input<O>, asked: Asked) => Promise<Ready<Answer<O>>>;

/** Something that may be done: to what, and the doing of it. */
export type Ready<A> = { target: string; act: () => Promise<A> };
