/*
 * Names and AWS's own words reach people's terminals, mail readers and phones: nothing in them may steer those,
 * and nothing secret may leave in them.
 */

const secrets: [pattern: RegExp, instead: string][] = [
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/g, "(access key)"],
  [/(X-Amz-(?:Signature|Credential|Security-Token)=)[^&\s"']+/gi, "$1(removed)"],
  [/(\b(?:password|secret|token)\s*[=:]\s*)[^\s,;"']+/gi, "$1(removed)"],
  [/(:\/\/)[^/@\s:]+:[^/@\s]+@/g, "$1(removed)@"],
];

/** One line of readable text: control, formatting and unpaired characters become "?", and secrets are removed. */
export function printable(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu, "?");
  return secrets.reduce((rest, [pattern, instead]) => rest.replace(pattern, instead), line);
}

const stands: Record<string, string> = {
  "[": "(",
  "]": ")",
  "{": "(",
  "}": ")",
  "\\": "/",
  "|": "/",
  "~": "-",
  "^": "'",
  "`": "'",
  "“": '"',
  "”": '"',
  "’": "'",
  "–": "-",
  "—": "-",
  "…": "...",
};

/**
 * The text in the characters that ASCII and GSM-7's basic table share, each of which is one septet (3GPP TS
 * 23.038): brackets and the like would take two, anything else would turn the SMS into UCS-2 of 70 characters.
 */
export function toGsm7(text: string): string {
  return printable(text)
    .replace(/[[\]{}\\|~^`“”’–—…]/gu, (char) => stands[char] ?? "?")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^\x20-\x7e]/gu, "?")
    .replace(/[[\]{}\\|~^`]/g, "?");
}

/** At most so many characters; what is cut off is marked. */
export function cut(text: string, chars: number): string {
  return text.length <= chars ? text : `${text.slice(0, Math.max(0, chars - 3))}...`;
}
