/**
 * Data in the Markdown of chats that have no way to escape: what would format, link or mention somebody becomes its
 * full-width twin, which looks alike and does nothing. An underscore does so only at the edge of a word.
 */
export function quote(data: string): string {
  return data
    .replace(/[<>[\]*`@#!\\~|&]/g, (char) => String.fromCodePoint((char.codePointAt(0) ?? 0) + 0xfee0))
    .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, "＿");
}
