// What others do to the dataset: commit files of their own, squash, force-push, delete, and what the storage does to what it keeps.
import {
  compressed,
  databaseWithLog,
  editedTable,
  foreignDatabase,
  type ForeignFile,
  foreignRows,
  garbage,
  ODD_SHAPES,
} from "./foreign_files.ts";
import { STRANGER, type World } from "./world.ts";

/** Puts something into the dataset before Hearback is ever started. */
export function prepareDataset(world: World): void {
  const { dice } = world;
  if (dice.chance(55)) return;
  if (dice.chance(40)) guideHistory(world);
  else commitFiles(world, drawFiles(world, 1));
  if (dice.chance(15)) deleteDatabase(world);
}

/** Somebody commits files of their own over what is there. */
export function putForeignFile(world: World): void {
  if (!isHeldElsewhere(world)) return;
  if (world.dice.chance(15)) return deleteDatabase(world);
  commitFiles(world, drawFiles(world, 10_000 * world.count()));
}

/** Somebody else writes to the dataset: another file, a squash, or a push that leaves all history behind. */
export async function rewriteHistory({ dice, hub, dataset, witness, note }: World): Promise<void> {
  const repo = hub.repo(dataset);
  if (repo === undefined) return;
  witness.look();
  const how = dice.pick(["notes", "squash", "force-push"] as const);
  if (how === "force-push" && witness.isDamaged) return;
  note(`somebody: ${how}`);
  if (how === "notes") {
    const bytes = new TextEncoder().encode(`${repo.head} ${dice.uuid()}`);
    witness.strangers.note([{ path: "notes.md", bytes, kind: "notes", texts: [], isPlain: false }]);
    hub.commitDirectly(dataset, { "notes.md": bytes });
  } else if (how === "force-push") {
    const files = Object.fromEntries(repo.paths().map((path) => [path, repo.file(path)!]));
    hub.commitDirectly(dataset, files, { unrelated: true });
  } else {
    const answer = await fetch(`${hub.url}/api/datasets/${dataset}/super-squash/main`, {
      method: "POST",
      headers: { Authorization: `Bearer ${STRANGER}` },
      body: JSON.stringify({ message: "Squash" }),
    });
    await answer.body?.cancel();
    if (!answer.ok) note("(and could not)"); // it ran into what was meant for others
  }
  witness.look("stranger");
}

/** Damages a file of the head while a local disk still holds everything that the dataset ever held. */
export function damage(world: World): void {
  const { dice, witness, note } = world;
  if (!isHeldElsewhere(world) || witness.head === undefined) return;
  const path = dice.pick(["reviews.db", "reviews.csv"]);
  const bytes = world.hub.repo(world.dataset)!.file(path);
  if (bytes === undefined || witness.strangers.isForeign(bytes)) return;
  const cut = dice.chance(50);
  note(`somebody: ${cut ? "cut off" : "flip a bit of"} ${path}`);
  witness.damage(path, cut);
  if (!dice.chance(40)) return;
  note("and the next look at the history fails");
  world.strikes++;
  world.hub.faults.add({ match: { path: /\/commits\// }, times: 1, status: 500 });
}

/** For a few requests, or until it is over, the storage says of all files that they are not there. */
export function denyFiles(world: World): void {
  const { dice, hub, lasting, note } = world;
  if (lasting.length > 0) return;
  const atHub = dice.chance(50);
  const times = dice.pick([3, 6, 6, 12, Infinity]);
  note(
    `somebody: ${atHub ? "the Hub" : "the storage"} denies ${times === Infinity ? "all" : `the next ${times}`} files`,
  );
  world.strikes++;
  const match = atHub
    ? { method: "GET", path: /\/resolve\//, host: "hub" } as const
    : { method: "GET", path: /^\/(lfs|v\d\/reconstructions|xorb-data)/, host: "storage" } as const;
  const headers: Record<string, string> = atHub ? { "X-Error-Code": "EntryNotFound" } : {};
  const { remove } = hub.faults.add({ match, times, status: 404, headers });
  lasting.push(() => {
    note("somebody: all files are there again");
    remove();
  });
}

/** The Hub says once that a commit holds none of the files that it is asked about. */
export function forgetFiles(world: World): void {
  world.note("somebody: the next list of paths is empty");
  world.strikes++;
  const headers = { "Content-Type": "application/json" };
  world.hub.faults.add({ match: { path: /\/paths-info\// }, times: 1, status: 200, body: "[]", headers });
}

/** What lasted is over. */
export function endWhatLasts({ lasting }: World): void {
  for (const end of lasting.splice(0)) end();
}

/** A dataset of the guide's app: a commit for each few reviews, some of which were later deleted by hand. */
function guideHistory(world: World): void {
  const { dice, folder } = world;
  let rows = foreignRows({ ...world, from: 1 });
  const commits = 1 + dice.int(14);
  for (let commit = 0; commit < commits; commit++) {
    commitFiles(world, [foreignDatabase(rows, { shape: "the guide's", folder })]);
    rows = [...dice.chance(15) ? rows.slice(1) : rows, ...foreignRows({ ...world, from: rows.at(-1)!.id + 1 })];
  }
}

function drawFiles(world: World, from: number): ForeignFile[] {
  const { dice, folder } = world;
  const rows = foreignRows({ ...world, from });
  switch (dice.int(9)) {
    case 0:
      return [foreignDatabase(rows, { shape: "the guide's", folder })];
    case 1:
    case 2:
    case 3:
      return [foreignDatabase(rows, { shape: dice.pick(ODD_SHAPES), folder })];
    case 4:
      return [compressed(foreignDatabase(rows, { shape: "the guide's", folder }))];
    case 5:
      return [garbage(dice.pick(["reviews.db", "reviews.csv", "reviews.db-wal"]), dice)];
    case 6:
      return databaseWithLog([...rows, ...foreignRows({ ...world, from: from + rows.length })], folder);
    default:
      return [editedTable(rows, dice)];
  }
}

function commitFiles({ hub, dataset, witness, note, tally }: World, files: ForeignFile[]): void {
  witness.look();
  witness.strangers.note(files);
  note(`somebody: commit ${files.map(({ kind, texts }) => `${kind} ${texts.map((text) => text.slice(0, 6))}`)}`);
  hub.commitDirectly(dataset, Object.fromEntries(files.map(({ path, bytes }) => [path, bytes])));
  tally.foreignCommits++;
  witness.look();
}

function deleteDatabase({ hub, dataset, witness, note, tally }: World): void {
  if (hub.repo(dataset)?.file("reviews.db") === undefined) return;
  witness.look();
  note("somebody: delete reviews.db");
  hub.commitDirectly(dataset, { "reviews.db": null });
  tally.foreignCommits++;
  witness.look();
}

// What somebody overwrites or damages here has to be on a disk that stays, or nobody could bring it back.
function isHeldElsewhere({ hub, dataset, witness, participants }: World): boolean {
  const head = hub.repo(dataset)?.head;
  return witness.isSafe && (witness.commits === 0 || participants.some(({ instance }) => instance.merged === head));
}
