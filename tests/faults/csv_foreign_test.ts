// A reviews.csv that a spreadsheet or a person has had in hand: its rows are read, and what cannot be is counted, told and kept.
import assert from "node:assert/strict";
import { type Hub, startHub } from "../hub/hub.ts";
import {
  asidesOf,
  backUp,
  type Bytes,
  bytesOf,
  checkSetAside,
  eventsOf,
  fixture,
  lifeWithBackup,
  live,
  oneLife,
  placesOf,
  untilIdle,
} from "./dataset_life.ts";
import { readFile, remoteComments, REPO, tempDir } from "./instance.ts";
import { sendReview } from "./over_http.ts";

const NAMES = ["Ann", "Jörg", "Cyd"];
const COMMENTS = ["good, really", "fine", "so so"];
const UIDS = [1, 2, 3].map((number) => `0190a0a0-0000-7000-8000-00000000000${number}`);
const GOOD = new TextDecoder().decode(fixture("cases/good.csv"));

/** The good file with other signs between its cells; a text that holds a comma is in quotes there, and needs them no more. */
const parted = (sign: string) =>
  GOOD.replace('"good, really"', "good; really").replaceAll(",", sign).replace("good; really", '"good, really"');

/** Files that hold all three reviews. */
const WHOLE: Record<string, Bytes> = {
  "as Hearback writes it": fixture("cases/good.csv"),
  "with a last row of commas": fixture("cases/blank_last_row.csv"),
  "with an empty last line": fixture("cases/empty_last_line.csv"),
  "with a line `sep=,`": fixture("cases/sep_line.csv"),
  "with an id that became a float": fixture("cases/float_ids.csv"),
  "with its header in capitals": fixture("cases/header_in_capitals.csv"),
  "with a row that ends early": fixture("cases/short_row.csv"),
  "in Latin-1": fixture("cases/latin1.csv"),
  "with semicolons": bytesOf(parted(";")),
  "with semicolons and a line `sep=;`": bytesOf(`sep=;\r\n${parted(";").replaceAll("\n", "\r\n")}`),
  "with tabs": bytesOf(parted("\t")),
  "in UTF-16 with tabs, as a spreadsheet's Unicode text": utf16(parted("\t").replaceAll("\n", "\r\n")),
  "in UTF-16 of the other order": utf16(GOOD, { bigEndian: true }),
  "in UTF-8 with a mark at the start, and \\r\\n": bytesOf(`\ufeff${GOOD.replaceAll("\n", "\r\n")}`),
  "with \\r alone": bytesOf(GOOD.replaceAll("\n", "\r")),
  "with all cells in quotes": bytesOf(
    GOOD.split("\n").filter(Boolean).map((line) => cells(line).map((cell) => `"${cell}"`).join()).join("\n") + "\n",
  ),
  "with its columns in another order": bytesOf(
    GOOD.split("\n").filter(Boolean).map((line) => {
      const [id, at, name, review, comments, uid, source] = cells(line);
      return [uid, `"${comments}"`, review, source, name, at, id].join();
    }).join("\n") + "\n",
  ),
  "with spaces in its header": bytesOf(GOOD.replace("id,created_at,name", "id, created_at , Name")),
  "sorted otherwise": bytesOf([0, 3, 1, 2].map((line) => GOOD.split("\n")[line]).join("\n") + "\n"),
  "with blank lines between the rows": bytesOf(GOOD.replaceAll("\n", "\n\n")),
};
for (const [what, file] of Object.entries(WHOLE)) {
  Deno.test(`F39 a CSV ${what} brings all three reviews, and nothing is said about it`, async () => {
    await using hub = await startHub();
    hub.commitDirectly(REPO, { "reviews.csv": file });
    const { comments, status, output } = await oneLife(hub, { send: ["New"] });
    assert.deepEqual(comments, COMMENTS);
    assert.equal(status.notice, null);
    assert.doesNotMatch(output, /damaged/i);
    const rows = readFile(
      hub.repo(REPO)!.file("reviews.db"),
      "SELECT id, name, comments, uid FROM reviews ORDER BY id",
    );
    assert.deepEqual(rows.slice(0, 3).map(({ id, name }) => [id, name]), NAMES.map((name, index) => [index + 1, name]));
    assert.deepEqual(rows.slice(0, 3).map(({ uid }) => uid), UIDS);
    assert.deepEqual(rows.map(({ comments }) => comments), [...COMMENTS, "New"]);
    assert.deepEqual(asidesOf(hub, "reviews.csv"), []);
    assert.doesNotMatch(new TextDecoder().decode(hub.repo(REPO)!.file("reviews.csv")), /\ufffd/);
  });
}

/** Files of which something cannot be read: what is read, and what the owner is told beside the file's name. */
const PARTLY: Record<string, { file: Bytes; comments: string[]; words: RegExp[] }> = {
  "that ends in the middle of a row": {
    file: fixture("cases/cut_at_sub.csv"),
    comments: ["good, really"],
    words: [/cut|end/i],
  },
  "cut in the middle of a quoted text": {
    file: bytesOf(GOOD.slice(0, GOOD.indexOf("fine")) + '"fin'),
    comments: ["good, really"],
    words: [/cut|end|quote/i, /\b1 (of its )?rows?\b/],
  },
  "with a row whose id is none": {
    file: bytesOf(GOOD.replace("\n2,", "\nJune,").replace(UIDS[1]!, "")),
    comments: ["good, really", "so so"],
    words: [/\b1 (of its )?rows?\b/],
  },
  "with two rows that have too many cells": {
    file: bytesOf(GOOD.replace("fine", "fine, very, very").replace("so so", "so, so")),
    comments: ["good, really"],
    words: [/\b2 (of its )?rows\b/],
  },
  "with a column of its own": {
    file: bytesOf(
      GOOD.trimEnd().split("\n").map((line, at) => `${line},${at === 0 ? "email" : `a${at}@example.org`}\n`).join(""),
    ),
    comments: COMMENTS,
    words: [/email/],
  },
};
for (const [what, { file, comments, words }] of Object.entries(PARTLY)) {
  Deno.test(`F39 a CSV ${what} is read as far as it goes, what is left is told, and the file is kept`, async () => {
    await using hub = await startHub();
    hub.commitDirectly(REPO, { "reviews.csv": file });
    const first = await oneLife(hub, { send: ["New"] });
    assert.deepEqual(first.comments, comments);
    const name = checkSetAside(hub, { path: "reviews.csv", bytes: file });
    for (const word of [/reviews\.csv/, ...words]) assert.match(first.status.notice ?? "", word);
    assert.deepEqual(eventsOf(first, "set-aside").map(({ keptAs }) => keptAs), [name]);
    const card = new TextDecoder().decode(hub.repo(REPO)!.file("README.md"));
    assert.ok(card.includes(name), card);
    const next = await lifeWithBackup(hub, { text: "Newer", env: { SQUASH_AFTER: "2" } });
    assert.ok(next.notice?.includes(name), next.notice ?? "");
    assert.equal(checkSetAside(hub, { path: "reviews.csv", bytes: file }), name);
    assert.deepEqual(remoteComments(hub), [...comments, "New", "Newer"]);
  });
}

/** Files of which nothing can be read as reviews. */
const UNREADABLE: Record<string, Bytes> = {
  "another table": bytesOf("asin,stars,body\nB01,5,good\n"),
  "an HTML page": bytesOf("<!doctype html><title>Hugging Face</title><h1>Log in</h1>"),
  "an LFS pointer": bytesOf("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"),
  "a spreadsheet": new Uint8Array([0x50, 0x4b, 3, 4, 20, 0, 6, 0, 8, 0, 0, 0, 0x21, 0]),
  "rows without a header": bytesOf(GOOD.slice(GOOD.indexOf("\n") + 1)),
};
for (const [what, file] of Object.entries(UNREADABLE)) {
  Deno.test(`F39 ${what} under the name reviews.csv is kept beside what takes its place, and told of`, async () => {
    await using hub = await startHub();
    hub.commitDirectly(REPO, { "reviews.csv": file });
    const { status } = await oneLife(hub, { send: ["New"] });
    assert.match(status.notice ?? "", /reviews\.csv/);
    checkSetAside(hub, { path: "reviews.csv", bytes: file });
    await lifeWithBackup(hub, { text: "Newer", env: { SQUASH_AFTER: "2" } });
    checkSetAside(hub, { path: "reviews.csv", bytes: file });
    assert.deepEqual(remoteComments(hub).slice(-2), ["New", "Newer"]);
  });
}

/** Ways in which somebody changes the CSV that lies beside a good database, on the web page of the dataset. */
const EDITED: Record<string, (csv: string) => Bytes> = {
  "a row added": (csv) => bytesOf(`${csv}99,2026-03-01 10:00:00,Ann,5,Added by hand,,\n`),
  "a text changed": (csv) => bytesOf(csv.replace("Mine", "Mine, as I meant it")),
  "all in Latin-1, with a row added": (csv) =>
    Uint8Array.from(`${csv}99,2026-03-01 10:00:00,Jörg,5,Schön,,\n`, (sign) => sign.charCodeAt(0)),
  "a page in its place": () => bytesOf("<!doctype html><h1>Log in</h1>"),
};
for (const [what, edit] of Object.entries(EDITED)) {
  for (const disk of ["kept", "lost"] as const) {
    Deno.test(`F39 a CSV edited by hand beside a good database (${what}; disk ${disk}) never loses its bytes`, async () => {
      await using hub = await startHub();
      await using dirs = await tempDir();
      const env = { SQUASH_AFTER: "3" };
      const dir = `${dirs.path}/data`;
      await oneLife(hub, { send: ["Mine"], dir, env });
      const edited = edit(csvOf(hub));
      hub.commitDirectly(REPO, { "reviews.csv": edited }, { summary: "Update reviews.csv" });
      for (const text of ["New", "Newer", "Newest"]) {
        await lifeWithBackup(hub, { text, env, ...(disk === "kept" ? { dir } : {}) });
        assert.ok(placesOf(hub, edited).length > 0, `after "${text}" nobody has it any more`);
      }
      for (const text of ["Mine", "New", "Newer", "Newest"]) assert.ok(remoteComments(hub).includes(text), text);
    });
  }
}

Deno.test("F39 a CSV edited by hand while Hearback runs is not overwritten for good", async () => {
  await using hub = await startHub();
  await using disk = await tempDir();
  const env = { SQUASH_AFTER: "2" };
  await using hearback = await live(hub, `${disk.path}/data`, env);
  await untilIdle(hearback);
  await backUp(hearback, "Mine");
  const edited = EDITED["a row added"]!(csvOf(hub));
  hub.commitDirectly(REPO, { "reviews.csv": edited });
  await sendReview(hearback, "New");
  assert.equal(await hearback.stop(), 0, hearback.output());
  await lifeWithBackup(hub, { text: "Newer", env, dir: `${disk.path}/data` });
  assert.ok(placesOf(hub, edited).length > 0);
  for (const text of ["Mine", "New", "Newer"]) assert.ok(remoteComments(hub).includes(text), text);
});

Deno.test("F39 windows-1252 with quotes and a euro sign is read as what was written", async () => {
  await using hub = await startHub();
  const signs: Record<string, number> = { "€": 0x80, "“": 0x93, "”": 0x94, "–": 0x96 };
  const text = "id,created_at,name,review,comments\r\n1,2026-03-01 10:00:00,Jörg,5,“5 €” – fein\r\n";
  hub.commitDirectly(REPO, { "reviews.csv": Uint8Array.from(text, (sign) => signs[sign] ?? sign.charCodeAt(0)) });
  const { comments, status } = await oneLife(hub, { send: ["New"] });
  assert.deepEqual(comments, ["“5 €” – fein"]);
  assert.equal(status.notice, null);
  assert.deepEqual(remoteComments(hub), ["“5 €” – fein", "New"]);
});

function csvOf(hub: Hub): string {
  return new TextDecoder().decode(hub.repo(REPO)!.file("reviews.csv"));
}

/** The cells of a line, of which one may be in quotes. */
function cells(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"([^"]*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

function utf16(text: string, { bigEndian = false } = {}): Bytes {
  const view = new DataView(new ArrayBuffer(2 * text.length + 2));
  view.setUint16(0, 0xfeff, !bigEndian);
  for (let at = 0; at < text.length; at++) view.setUint16(2 * at + 2, text.charCodeAt(at), !bigEndian);
  return new Uint8Array(view.buffer);
}
