import { useState } from "preact/hooks";
import type { Answer } from "../functions/core/api/routes.ts";
import { type Asks, call, type Refusal } from "./api.ts";
import { refusalIn, useAsk } from "./asking.ts";
import type { Taken } from "./routes.ts";

/** The routes that answer page by page. */
export type Paged = {
  [O in Taken]: Answer<O> extends { items: unknown[]; next?: string | undefined } ? O : never;
}[Taken];

/** What such a route lists. */
export type ItemOf<O extends Paged> = Answer<O>["items"][number];

/** A list as far as it was asked for. */
export type Listed<T> = {
  answer?: T[];
  refusal?: Refusal | undefined;
  /** Asks for the next page; absent where there is none. */
  more?: (() => Promise<void>) | undefined;
  again(): void;
};

/** Lists, page by page. Asked again is the first page; what was read further down is then read anew, too. */
export function usePages<O extends Paged>(
  operation: O,
  asks: Asks<O> | undefined,
  everySeconds?: number,
): Listed<ItemOf<O>> {
  const key = asks && JSON.stringify([operation, asks]);
  const first = useAsk(operation, asks, everySeconds);
  const [rest, setRest] = useState<{
    key?: string | undefined;
    items: ItemOf<O>[];
    next?: string | undefined;
  }>({ items: [] });
  const [refusal, setRefusal] = useState<Refusal>();
  const mine = rest.key === key && rest.items.length > 0 ? rest : undefined;
  const next = mine ? mine.next : first.answer?.next;

  async function more(): Promise<void> {
    setRefusal(undefined);
    try {
      const query = { ...(asks as { query?: object }).query, cursor: next };
      const page = (await call(operation, { ...asks, query } as Asks<O>)) as Answer<O>;
      setRest({ key, items: [...(mine?.items ?? []), ...page.items], next: page.next });
    } catch (thrown) {
      setRefusal(refusalIn(thrown));
    }
  }

  return {
    ...(first.answer && { answer: [...first.answer.items, ...(mine?.items ?? [])] }),
    refusal: refusal ?? first.refusal,
    more: next === undefined ? undefined : more,
    again: () => {
      setRest({ items: [] });
      first.again();
    },
  };
}
