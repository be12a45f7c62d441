/** One XML element and what is in it: text, other elements, or nothing for `undefined`. */
export function element(
  name: string,
  content: unknown,
  itemName: (list: string) => string | undefined = () => undefined,
): string {
  if (content === undefined || content === null) return "";
  if (Array.isArray(content)) {
    const item = itemName(name);
    // Flattened lists repeat their own name; the others have an element for the list and one for each item.
    if (!item) return content.map((one) => element(name, one, itemName)).join("");
    return `<${name}>${content.map((one) => element(item, one, itemName)).join("")}</${name}>`;
  }
  if (content instanceof Date) return `<${name}>${content.toISOString()}</${name}>`;
  if (typeof content !== "object") return `<${name}>${escapeXml(String(content))}</${name}>`;
  return `<${name}>${members(content, itemName)}</${name}>`;
}

/** The members of an object, as elements. */
export function members(content: object, itemName?: (list: string) => string | undefined): string {
  return Object.entries(content)
    .map(([name, value]) => element(name, value, itemName))
    .join("");
}

function escapeXml(text: string): string {
  const entities: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "\r": "&#13;",
  };
  return text.replace(/[&<>"\r]/g, (character) => entities[character] ?? character);
}

/** The declaration that begins an XML answer. */
export const xmlHead = '<?xml version="1.0" encoding="UTF-8"?>\n';
