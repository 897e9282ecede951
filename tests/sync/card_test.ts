// The dataset's card; that loaders obey it is checked by `deno task conformance`.
import assert from "node:assert/strict";
import { openDatabase } from "../../db/file/open_database.ts";
import { takeSnapshot } from "../../db/sqlite/snapshot.ts";
import { COLUMNS } from "../../db/row.ts";
import { cardDue, datasetCard } from "../../sync/jobs/card.ts";
import { sha256Of } from "../../sync/hub/content_hash.ts";
import { guideDatabase } from "../db/guide_database.ts";
import { temporaryFolder } from "../db/temporary_folder.ts";
import { REPO, startInstance } from "../faults/instance.ts";
import { bytesOf } from "../hub/call.ts";
import { type Hub, startHub } from "../hub/hub.ts";

Deno.test("the card names the CSV, its columns, how a missing value is written, and how to read it", async (t) => {
  await t.assertSnapshot(datasetCard({ repo: "ada/reviews", textRatings: false }));
});

Deno.test("ratings are text for loaders where one of them is, as takeSnapshot() tells", async () => {
  await using folder = await temporaryFolder();
  for (const [rating, textRatings] of [["4.5", false], ["NULL", false], ["'five'", true], ["x'41'", true]] as const) {
    const [source, target] = [folder.path(`${rating}.db`), folder.path(`${rating}-copy.db`)];
    guideDatabase(source, [`(1, 't', 'a', ${rating}, 'b')`, "(2, 't', 'a', 5, 'b')"]);
    openDatabase(source).close();
    assert.equal(takeSnapshot({ source, target }).textRatings, textRatings);
    const card = datasetCard({ repo: "ada/reviews", textRatings });
    assert.match(card, textRatings ? /name: review\n +dtype: string/ : /name: review\n +dtype: float64/);
  }
});

Deno.test("cardDue() renews a card that Hearback wrote, and none that is new or that somebody changed", async () => {
  const asides = [{
    keptAs: "reviews.db.aside-1a2b3c4",
    path: "reviews.db",
    reason: 'it also holds table "replies" (3 rows)',
  }];
  const now = { repo: REPO, textRatings: false, columns: [...COLUMNS, "contact", "topic"], asides };
  const due = async (text: string) => {
    const held = {
      path: "README.md",
      size: new Blob([text]).size,
      hash: await sha256Of(new Blob([text])),
      isOwn: true,
    };
    return (await cardDue(held, { ...now, read: () => Promise.resolve(text) }))?.text();
  };
  for (const columns of [COLUMNS, [...COLUMNS, "contact"]]) {
    for (const textRatings of [false, true]) {
      const earlier = datasetCard({ repo: REPO, textRatings, columns });
      assert.equal(await due(earlier), datasetCard(now));
      for (const changed of [`${earlier}\n`, earlier.replace("# Reviews", "# My reviews"), earlier.slice(0, -80)]) {
        assert.equal(await due(changed), undefined);
      }
    }
  }
  assert.equal(await due(await Deno.readTextFile(FIRST_CARD)), datasetCard(now));
  assert.equal(await due(datasetCard(now)), undefined);
  const read = () => Promise.reject(new Error("there is none"));
  assert.equal(await (await cardDue(undefined, { ...now, read }))?.text(), datasetCard(now));
});

const FIRST_CARD = new URL("../fixtures/card_0.1.0.md", import.meta.url);

for (const uploadMode of ["auto", "lfs"] as const) {
  Deno.test(`a backup renews the card that it wrote, in the commit that needs it, and no other (${uploadMode})`, async () => {
    await using folder = await temporaryFolder();
    guideDatabase(folder.path("guide.db"), ["(1, 't', 'a', 'five', 'b')"]);
    await using hub = await startHub({ uploadMode });
    await using here = await startInstance(hub);
    const submitAndRun = async () => {
      await here.submit("One more");
      return (await here.run({ readFirst: true })).commit ?? assert.fail("There was no commit");
    };
    const first = await submitAndRun();
    hub.commitDirectly(REPO, { "reviews.db": await Deno.readFile(folder.path("guide.db")) });
    const second = await submitAndRun();
    const written = (textRatings: boolean) => datasetCard({ repo: REPO, textRatings });
    assert.deepEqual([cardOf(hub, first), cardOf(hub, second)], [written(false), written(true)]);

    const own = `${written(false)}Mine\n`;
    hub.commitDirectly(REPO, { "README.md": bytesOf(own) });
    assert.equal(cardOf(hub, await submitAndRun()), own);
  });
}

function cardOf(hub: Hub, commit: string): string {
  return new TextDecoder().decode(hub.repo(REPO)?.file("README.md", commit));
}
