// The limit of commits per hour.
import assert from "node:assert/strict";
import { CommitBudget } from "../../sync/commit_budget.ts";

Deno.test("CommitBudget lets through as many commits as the window allows, and the next when the oldest leaves it", () => {
  let now = 0;
  const budget = new CommitBudget({ limit: 3, windowMs: 1000, now: () => now });
  for (const time of [0, 100, 200]) {
    now = time;
    assert.equal(budget.wait(), 0);
    budget.spend();
  }
  now = 300;
  assert.equal(budget.wait(), 700);
  now = 1000;
  assert.equal(budget.wait(), 0);
});

Deno.test("CommitBudget never lets more than the limit into any window, however often it is asked", () => {
  let now = 0;
  const budget = new CommitBudget({ limit: 99, windowMs: 3_600_000, now: () => now });
  const commits: number[] = [];
  for (; now < 4 * 3_600_000; now += 1000) {
    if (budget.wait() > 0) continue;
    budget.spend();
    commits.push(now);
  }
  for (const start of commits) {
    assert.ok(commits.filter((time) => time >= start && time < start + 3_600_000).length <= 99);
  }
  assert.equal(commits.length, 4 * 99);
});

Deno.test("CommitBudget knows how long ago the last commit was", () => {
  let now = 5;
  const budget = new CommitBudget({ limit: 1, windowMs: 10, now: () => now });
  assert.equal(budget.sinceLast(), Infinity);
  budget.spend();
  now = 12;
  assert.equal(budget.sinceLast(), 7);
});
