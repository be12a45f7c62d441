type Query = { limit: string; cursor?: string };

/** All items of a list, page by page. */
export async function everything<T>(
  read: (query: Query) => Promise<{ items: T[]; next?: string | undefined }>,
): Promise<T[]> {
  const all: T[] = [];
  for (let cursor: string | undefined; ; ) {
    const { items, next } = await read({ limit: "200", ...(cursor ? { cursor } : {}) });
    all.push(...items);
    if (!next) return all;
    cursor = next;
  }
}
