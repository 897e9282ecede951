// The dataset's card; that loaders obey it is checked by `deno task conformance`.
import assert from "node:assert/strict";
import { openDatabase } from "../../db/open_database.ts";
import { takeSnapshot } from "../../db/snapshot.ts";
import { datasetCard } from "../../sync/card.ts";
import { guideDatabase } from "../db/guide_database.ts";
import { temporaryFolder } from "../db/temporary_folder.ts";

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
