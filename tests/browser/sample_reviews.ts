// Reviews as people might write them, for screenshots and measures.
import { newReview } from "../db/store_contract.ts";
import type { TestApp } from "../routes/test_app.ts";

const SAMPLES: [rating: number, name: string, comments: string, source: string | null, minutesAgo: number][] = [
  [5, "Mira", "Ran it on a Raspberry Pi and forgot about it for three weeks. Everything was still there.", null, 11],
  [4, "", "Solid. I would like to see the latency per model on the same page, though.", "docs", 26],
  [5, "Jonas B.", "The examples load before I have finished reading the question.\n\nMore of this, please!", null, 70],
  [3, "Олег", "Распознаёт даже шёпот в метро. Первая загрузка могла бы быть быстрее.", null, 190],
  [5, "سارة", "شكرًا، يعمل بشكل ممتاز حتى على الهاتف.", "embed", 320],
  [
    2,
    "",
    "Cuts off at 512 tokens without saying so. I only noticed because the last paragraph was missing.",
    null,
    1500,
  ],
  [5, "Tomás", "", null, 2000],
  [4, "Priya N.", "Good defaults. The batch mode deserves a paragraph in the README.", "docs", 2900],
  [1, "", "Did not start on Windows for me: error 1114 while loading a DLL.", null, 4400],
  [5, "Lena", "Exactly what I was looking for.", null, 5800],
  [4, "K.", "Nice and quick.", null, 7300],
  [5, "", "Great ★★★★★", null, 8800],
];

/** Stores the samples, oldest first, and leaves the clock where it was. */
export async function addSamples({ store, clock }: Pick<TestApp, "store" | "clock">): Promise<void> {
  const end = clock.now;
  for (const [rating, name, comments, source, minutesAgo] of SAMPLES.toReversed()) {
    clock.now = new Date(end.getTime() - minutesAgo * 60_000);
    await store.add(newReview({ rating, name, comments, source }));
  }
  clock.now = end;
}
