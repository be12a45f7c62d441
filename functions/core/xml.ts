/**
 * Walks the elements that stand directly between two places of an XML text, in order, and tells `visit` the name of
 * each and where its content begins and ends. What is in an element is not looked at. It reads what AWS answers: no
 * element has one of its own name in it, and there are no comments. Gives `false` where the text is not like that.
 */
export function eachElement(
  xml: string,
  from: number,
  to: number,
  visit: (name: string, from: number, to: number) => void,
): boolean {
  for (let at = from; ; ) {
    const open = xml.indexOf("<", at);
    if (open < 0 || open >= to) return true;
    const head = xml.indexOf(">", open);
    if (head < 0) return false;
    if (xml.charCodeAt(open + 1) === questionMark) {
      at = head + 1;
      continue;
    }
    const closed = xml.charCodeAt(head - 1) === slash;
    const tag = xml.slice(open + 1, closed ? head - 1 : head);
    const space = tag.indexOf(" ");
    const name = space < 0 ? tag : tag.slice(0, space);
    const end = closed ? head : endOf(xml, name, head + 1);
    at = closed ? head + 1 : end + name.length + 3;
    if (end < 0 || at > to) return false;
    visit(name, closed ? end : head + 1, end);
  }
}

/** Where the content of an element ends that begins here. Most have only text in them: what comes next is their end. */
function endOf(xml: string, name: string, from: number): number {
  const next = xml.indexOf("<", from);
  const isEnd = xml.charCodeAt(next + 1) === slash && xml.charCodeAt(next + 2 + name.length) === closing;
  if (next >= 0 && isEnd && xml.startsWith(name, next + 2)) return next;
  return xml.indexOf(`</${name}>`, from);
}

/**
 * Where the content of the first element of a name begins and ends between two places, however deep it stands;
 * `undefined` where there is none. It is found without a look at the others, so it is for names that stand only once.
 */
export function findElement(
  xml: string,
  name: string,
  from: number,
  to: number,
): { from: number; to: number } | undefined {
  const head = xml.indexOf(`<${name}>`, from);
  if (head < 0 || head >= to) return undefined;
  const begin = head + name.length + 2;
  const end = xml.indexOf(`</${name}>`, begin);
  return end < 0 || end > to ? undefined : { from: begin, to: end };
}

const questionMark = 0x3f;
const slash = 0x2f;
const closing = 0x3e;
