/** Text of a source file, and what is to stand there instead. */
export type Edit = { file: string; from: string; to: string };

/** Guards of expiry that are taken away together: where two do the same, one alone is not missed. */
export type Mutation = {
  name: string;
  edits: Edit[];
  /** What must be broken without them. Absent: anything. */
  breaks?: RegExp;
  /** What must not be: another guard, which is still there, prevents it. */
  spares?: RegExp;
};

const of =
  (path: string) =>
  (from: string, to = ""): Edit => ({ file: `functions/${path}`, from, to });
const guards = of("core/expiry-guards.ts");
const decision = of("core/expiry.ts");
const marks = of("core/marks.ts");
const retention = of("core/retention.ts");
const pass = of("expire/expire.ts");
const removal = of("expire/remove.ts");

const noLastLook = removal("if (!(await mayStillGo(world, planned))) return;");
const noProof = decision("const [first] = unsafeWithoutMarked;", "const first = undefined;");
const young = decision('if (stage === "young")', 'if ((stage as string) === "")');

const noRipeness = removal('markStage(marks, nowMs).stage === "ripe" &&');
const allSafe = marks(
  "return marks.markedMs.some(\n    (ms) => nowMs - ms <= (markLapses",
  "return marks.markedMs.length < 0 && marks.markedMs.some(\n    (ms) => nowMs - ms <= (markLapses",
);
const tooFew = retention("&& rank < count;", "&& rank < count - 1;");
const noLosses = /deletes .*: the (newest|only)/;

/** Each with what must be missed. */
const table: Record<string, Edit[]> = {
  "damage freezes nothing": [guards("if (rules.frozen) why.push(rules.frozen);")],
  "holds protect nothing": [
    guards("for (const id of holders(marks, nowMs))", "for (const id of [] as string[])"),
  ],
  "what drills read is not spared": [
    guards("of rules.readersOf(point, nowMs))", "of [] as string[])"),
    decision("...readers(view.reading", "...readers([]"),
  ],
  "the last look does not see drills": [
    removal("readers(reading, source.name, point, nowMs).length === 0 &&"),
  ],
  "a drill that has ended reads for ever": [of("catalog/reading.ts")("if (ended || !begun)", "if (!begun)")],
  "known locks protect nothing": [guards("if (marks.lockedUntilMs > nowMs)", "if (marks.lockedUntilMs < 0)")],
  "the base of the next copy is not spared": [guards("if (rules.bases.has(point))", "if (point === '')")],
  "the base is taken to be the newest point": [
    guards(
      "completed = (state: PointState) => state.facts.get(presenceFact(place))",
      "completed = (state: PointState) => state.point",
    ),
  ],
  "doubt about a newer point spares nothing": [
    guards("if (rules.doubted && point", "if (false && rules.doubted && point"),
  ],
  "what is still to be copied goes": [guards("const uncopied = rules", "const uncopied = false && rules")],
  "nothing need be marked": [
    decision('if (stage === "none") return', 'if ((stage as string) === "") return'),
    noRipeness,
  ],
  "a young mark will do": [young, noRipeness],
  "what is kept keeps its mark": [decision('step: "keep", ...takingBack(marks, nowMs)', 'step: "keep"')],
  "what is protected keeps its mark": [
    decision('step: "protect", ...takingBack(marks, nowMs)', 'step: "protect"'),
  ],
  "marks of a clock that is ahead are not taken back": [decision("Math.max(nowMs, ...standing)", "nowMs")],
  "what the other vault has is not waited for": [
    decision("if (blocked) return", "if (blocked === '') return"),
  ],
  "what has gone counts as there": [
    decision("const there = present.filter(exists);", "const there = present;"),
  ],
  "jobs are kept as one": [decision("if (!jobOf) return", "if (jobOf || !jobOf) return")],
  "leftovers cannot be held": [decision("if (held.length + locked.length === 0)", "if (held.length >= 0)")],
  "attempts that will be made again are removed": [
    decision("if (!expired && (!failed || attempted))", "if (!expired && !failed)"),
  ],
  "attempts that failed stay": [decision("const failed = there ===", "const failed = '' === there &&")],
  "what was cut off is never recorded": [
    decision("|| !explainsLoss(state, view.region, view.now)", "|| view.region !== ''"),
  ],
  "what is gone was deleted by Holdfast": [decision("|| !explainsLoss(state, view.region, view.now)")],
  "that it is frozen is not told": [
    decision("findings: waiting.length > 0 ?", "findings: waiting.length < 0 ?"),
  ],
  "what people want deleted stays": [
    decision('name.startsWith("unwanted-")', 'name.startsWith("unwanted!")'),
  ],
  "people may delete the newest": [
    decision("point !== newest && point !== newestVerified", "point !== newestVerified"),
  ],
  "people may delete the newest verified": [
    decision("point !== newest && point !== newestVerified", "point !== newest"),
  ],
  "what people want deleted stands for others": [
    decision("const there = all.filter(({ point }) => !unwanted.has(point));", "const there = all;"),
  ],
  "marks are ripe at once": [marks("markSeconds = 3_600;", "markSeconds = 0;")],
  "marks never lapse": [marks("markLapsesSeconds = 24 * 3_600;", "markLapsesSeconds = 9e9;")],
  "a mark is as old as its maker's clock says": [
    marks("Math.max(namedMs, Date.parse(storedAt) || 0)", "namedMs"),
  ],
  "nothing that was taken back is seen": [marks('if (kind === "kept")', 'if (kind === "")')],
  "readers that were cut off read for ever": [
    marks("readingLapsesSeconds = 7 *", "readingLapsesSeconds = 7e9 *"),
  ],
  "readers are not waited for": [marks("readingLapsesSeconds = 7 *", "readingLapsesSeconds = 0 *")],
  "what is released stays held": [marks("const id = name.slice(kind.length + 1);", "const id = name;")],
  "weeks begin on Sunday": [retention("Math.floor((day + 3) / 7)", "Math.floor((day + 4) / 7)")],
  "one period too many": [retention("&& rank < count;", "&& rank <= count;")],
  "only this region's vault is read": [
    pass("return await survey([catalog, otherCatalog]);", "return await survey([catalog]);"),
  ],
  "that the other vault is away stops nothing": [pass("...(facts.otherVault ?", "...(false ?")],
  "what is declared no longer never expires": [
    pass("const others = sources.flatMap(", "const others = [].flatMap("),
  ],
  "failed artefacts pass for usable": [pass('statuses.has("available") ? "available" :', '"available" ??')],
  "frozen is ended by whoever sees nothing": [
    pass("if (!facts.otherVault) judged.add(source.name);"),
    pass(
      "const judged = new Set<string>();",
      "const judged = new Set(facts.sources.map(({ source }) => source.name));",
    ),
  ],
  "there is no last look": [noLastLook],
  "the last look is at this region's vault only": [
    removal("vaults = [world.otherCatalog, world.catalog]", "vaults = [world.catalog]"),
  ],
  "the last look does not see holds": [removal("holders(marks, nowMs).length === 0 &&")],
  "the last look does not see what was taken back": [removal('markStage(marks, nowMs).stage === "ripe" &&')],
  "locks are not remembered": [removal("await recordLocked(world, planned, lockedUntil);")],
  "what was deleted is not recorded": [removal("await recordExpired(world, planned, reasons);")],
  "it is recorded before it is deleted": [
    removal(
      "attempts, reasons } = planned;",
      "attempts, reasons } = planned;\n  await recordExpired(world, planned, reasons);",
    ),
  ],
  "nothing is taken back": [
    of("expire/record.ts")("if (!one.takeBack) return undefined;", "return undefined;"),
  ],
  "whatever has our tags is ours": [
    of("core/artefacts.ts")(
      "tagged ? attemptOf(environment, source, point, artefact.id) : 0;",
      "tagged ? 1 : 0;",
    ),
  ],
  "whatever has our name is deleted": [
    of("providers/rds.ts")(
      "if (!wanted.tags.every(({ Key, Value }) => there.tags[Key] === Value)) {",
      "if (wanted.id === '') {",
    ),
  ],
  "locks are not looked at": [of("objects/erase.ts")("if (!isData) continue;", "continue;")],
  "that another pass was faster is an error": [
    of("objects/erase.ts")('thrown.name === "NotFound"', 'thrown.name === ""'),
  ],
  "findings that are open are not seen": [
    of("catalog/survey.ts")("if (ended || !opened) return [];", "return [];"),
  ],
};

/** A retention that keeps too little: points are marked that the plans demand, and the proof lets none of them go. */
const tooLittle: Record<string, Edit[]> = {
  "the newest is not kept": [retention('past[0]?.reasons.push("the newest");')],
  "the newest verified is not kept": [
    retention('past.find(({ verified }) => verified)?.reasons.push("the newest verified");'),
  ],
  "verified points are not preferred": [retention("if (one.verified && !chosen.verified) chosen = one;")],
  "one period too few": [tooFew],
  "the last so many are one too few": [retention("past.slice(0, last)", "past.slice(0, last - 1)")],
  "the future is not kept": [
    retention("future.map((one) => judged(one, one.reasons))", "future.map((one) => judged(one, []))"),
  ],
};

/** The same with no proof: then points do go. */
const unproved: Record<string, Edit[]> = {
  "nothing is proved, and one period too few": [tooFew, noProof],
  "what another pass may act upon counts as safe, and one period too few": [tooFew, allSafe],
};

const listed = (edits: Record<string, Edit[]>, more: Pick<Mutation, "breaks" | "spares"> = {}): Mutation[] =>
  Object.entries(edits).map(([name, own]) => ({ name, edits: own, ...more }));

/** Each guard of expiry, and what the sources are without it. */
export const mutations: Mutation[] = [
  ...listed(table),
  ...listed(tooLittle, { breaks: /marks .* its plan demands it/, spares: noLosses }),
  ...listed(unproved, { breaks: noLosses }),
];
