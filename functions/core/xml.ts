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
    const guess = last.next;
    if (guess && xml.startsWith(guess.open, open)) {
      last = guess;
      const begin = open + guess.open.length;
      const end = endOf(xml, guess, begin);
      at = end + guess.close.length;
      if (end < 0 || at > to) return false;
      visit(guess.name, begin, end);
      continue;
    }
    const head = xml.indexOf(">", open);
    if (head < 0) return false;
    if (xml.charCodeAt(open + 1) === questionMark) {
      at = head + 1;
      continue;
    }
    const closed = xml.charCodeAt(head - 1) === slash;
    const inside = xml.slice(open + 1, closed ? head - 1 : head);
    const space = inside.indexOf(" ");
    const tag = tagOf(space < 0 ? inside : inside.slice(0, space));
    const end = closed ? head : endOf(xml, tag, head + 1);
    at = closed ? head + 1 : end + tag.close.length;
    if (end < 0 || at > to) return false;
    if (!closed && space < 0) last.next = tag;
    last = tag;
    visit(tag.name, closed ? end : head + 1, end);
  }
}

/** A name with how its elements begin and end, and the one that was met next after it the last time. */
type Tag = { name: string; open: string; close: string; next?: Tag };

/**
 * Names that were met before, and where we are among them. It only saves work: AWS writes the members of each item of a list
 * in one order, so what comes next is nearly always what came next before, and no name has to be cut out to be known.
 */
const known = new Map<string, Tag>();
let last: Tag = { name: "", open: "", close: "" };

function tagOf(slice: string): Tag {
  const there = known.get(slice);
  if (there) return there;
  // A string of its own: a slice would keep the whole page in memory.
  const name = [...slice].join("");
  const tag = { name, open: `<${name}>`, close: `</${name}>` };
  if (known.size >= 1_000) known.clear();
  known.set(name, tag);
  return tag;
}

/** Where the content of an element ends. Most have only text in them: if what comes next ends something, it ends this. */
function endOf(xml: string, { close }: Tag, from: number): number {
  const next = xml.indexOf("<", from);
  if (next >= 0 && xml.charCodeAt(next + 1) === slash) return xml.startsWith(close, next) ? next : -1;
  return xml.indexOf(close, from);
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
