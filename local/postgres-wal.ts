/** Replay of kept WAL up to an instant, or to its end; then the server is like any other. */
export type Recovery = { archive: string; toMs: number | undefined };

/** A shell word that PostgreSQL, which replaces %f and %p, leaves as it is. */
function word(text: string): string {
  return `'${text.replaceAll("'", "'\\''").replaceAll("%", "%%")}'`;
}

/** The command by which a server hands over each full segment of its WAL, to be kept compressed. */
export function archiveCommand(folder: string): string {
  const dir = word(folder);
  const file = `${word(`${folder}/`)}%f.gz`;
  // Without the folder nothing is kept, and PostgreSQL may forget its WAL.
  return `test ! -d ${dir} || test -f ${file} || { gzip -1 -c %p > ${file}.part && mv ${file}.part ${file}; }`;
}

/** The settings of a server that replays such segments. */
export function recoverySettings({ archive, toMs }: Recovery): Record<string, string> {
  const file = `${word(`${archive}/`)}%f.gz`;
  return {
    restore_command: `test -f ${file} && gzip -dc ${file} > %p`,
    // Clients would otherwise see a state on the way.
    hot_standby: "off",
    recovery_target_action: "promote",
    // Names of time zones, even "Z", are not known yet when this is read.
    ...(toMs === undefined ? {} : { recovery_target_time: new Date(toMs).toISOString().replace("Z", "+00") }),
  };
}
