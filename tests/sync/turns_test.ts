// Turns alone, without a backup: laws for any order of wishes, failures, time and stops, and the cases that went wrong once.
import assert from "node:assert/strict";
import fc from "fast-check";
import { Turns } from "../../sync/turns.ts";
import { turn, VirtualClock } from "../virtual_clock.ts";

type Name = "run" | "drill" | "squash";
const NAMES: Name[] = ["run", "drill", "squash"];
const REQUIRED: Name = "run";

/** What happens to the turns of a law. */
type Act =
  | { what: "wish"; name: Name; afterMs: number }
  | { what: "pass"; ms: number }
  | { what: "fail"; name: Name }
  | { what: "break a hook" };

const acts = fc.array(
  fc.oneof(
    fc.record({ what: fc.constant("wish" as const), name: fc.constantFrom(...NAMES), afterMs: fc.nat(5000) }),
    fc.record({ what: fc.constant("pass" as const), ms: fc.nat(4000) }),
    fc.record({ what: fc.constant("fail" as const), name: fc.constantFrom(...NAMES) }),
    fc.record({ what: fc.constant("break a hook" as const) }),
  ),
  { maxLength: 30 },
) as fc.Arbitrary<Act[]>;

Deno.test("whatever is wished for, whenever it fails: one at a time, no wish is forgotten, and in the end nothing is left", async () => {
  await fc.assert(fc.asyncProperty(acts, fc.array(fc.nat(3000), { minLength: 1 }), async (acts, durations) => {
    const world = new World(durations);
    for (const act of acts) await world.act(act);
    await world.clock.pass(1_000_000);
    for (const name of NAMES) {
      assert.equal(world.turns.dueIn(name), undefined, `${name} is still wished for`);
      assert.ok(world.done(name) >= world.wished(name), `${name} was wished for and not done since`);
    }
    assert.equal(world.overlaps, 0);
    assert.equal(world.turns.running, undefined);
  }));
});

Deno.test("whenever a stop comes: optional work gives up, the last run is made once, and nothing begins after it", async () => {
  await fc.assert(fc.asyncProperty(acts, fc.array(fc.nat(3000), { minLength: 1 }), async (acts, durations) => {
    const world = new World(durations);
    for (const act of acts) await world.act(act);
    const begun = { ...world.begun };
    const wasRunning = world.turns.running === REQUIRED;
    let isOver = false;
    const stopped = world.turns.stop(new AbortController().signal).then(() => isOver = true);
    await world.clock.pass(wasRunning ? 6001 : 3001); // as long as required work may take, and no time for other work
    assert.ok(isOver, "the stop does not end");
    await stopped;
    assert.equal(world.begun[REQUIRED], begun[REQUIRED] + 1);
    for (const name of NAMES) world.turns.wish(name);
    await world.clock.pass(1_000_000);
    assert.deepEqual(world.begun, { ...begun, [REQUIRED]: begun[REQUIRED] + 1 });
    assert.equal(world.overlaps, 0);
  }));
});

Deno.test("a stop whose time is up ends even work that is required, and begins nothing more", async () => {
  const world = new World([3000]);
  world.turns.wish("run");
  await turn();
  const time = new AbortController();
  const stopped = world.turns.stop(time.signal);
  time.abort();
  await stopped;
  assert.equal(world.begun.run, 1);
});

Deno.test("optional work gives way to a required turn that comes due, and has its own afterwards", async () => {
  const world = new World([3000]);
  world.turns.wish("drill");
  world.turns.wish("run", 1000);
  await world.clock.pass(1000);
  assert.equal(world.turns.running, "run");
  assert.deepEqual(world.told, []); // giving way is no failure
  await world.clock.pass(3000);
  assert.equal(world.turns.running, "drill");
});

Deno.test("a wish that comes while its job runs is another one", async () => {
  const world = new World([1000]);
  world.turns.wish("squash");
  await turn();
  world.turns.wish("squash");
  await world.clock.pass(10_000);
  assert.equal(world.begun.squash, 2);
});

Deno.test("a wish for now does not wait for the next try of one that failed", async () => {
  const world = new World([0]);
  world.failing.add("run");
  world.turns.wish("run");
  await world.clock.pass(0);
  assert.equal(world.turns.dueIn("run"), 60_000);
  world.failing.clear();
  world.turns.wish("run");
  await world.clock.pass(0);
  assert.equal(world.begun.run, 2);
  assert.equal(world.turns.dueIn("run"), undefined);
});

Deno.test("a job that is not ready keeps its wish, and the others have their turn", async () => {
  const world = new World([0]);
  world.unready.add("squash");
  world.turns.wish("squash");
  world.turns.wish("drill", 1);
  await world.clock.pass(10);
  assert.deepEqual([world.begun.squash, world.begun.drill], [0, 1]);
  world.unready.clear();
  world.turns.wish("run");
  await world.clock.pass(10);
  assert.equal(world.begun.squash, 1);
});

Deno.test("a turn waits for its earliest moment, even one that is put off after it was wished for", async () => {
  const world = new World([0]);
  world.earliest = 100;
  world.turns.wish("run");
  await world.clock.pass(50);
  world.earliest = 200;
  await world.clock.pass(149);
  assert.deepEqual([world.begun.run, world.turns.dueIn("run")], [0, 1]);
  await world.clock.pass(1);
  assert.equal(world.begun.run, 1);
});

Deno.test("a turn that hangs is ended after its limit, counts as failed and comes again", async () => {
  const world = new World([Infinity, 0]);
  world.turns.wish("run");
  await world.clock.pass(50_000);
  assert.deepEqual(world.told, ["run"]);
  await world.clock.pass(60_000);
  assert.equal(world.begun.run, 2);
});

/** Turns of three jobs that take time, give up when told to, and fail on demand. */
class World {
  readonly clock = new VirtualClock();
  readonly begun: Record<Name, number> = { run: 0, drill: 0, squash: 0 };
  readonly failing = new Set<Name>();
  readonly unready = new Set<Name>();
  /** Jobs whose failure was told, in order. */
  readonly told: Name[] = [];
  readonly turns: Turns<Name>;
  overlaps = 0;
  earliest = 0;
  #running = 0;
  #brokenHooks = 0;
  #events = 0;
  readonly #wished: Partial<Record<Name, number>> = {};
  readonly #done: Partial<Record<Name, number>> = {};
  #next = 0;

  constructor(durations: number[]) {
    const job = (name: Name) => ({
      required: name === REQUIRED,
      isReady: () => !this.unready.has(name),
      earliest: () => this.earliest,
      work: (signal: AbortSignal) => this.#work(name, { ms: durations[this.#next++ % durations.length]!, signal }),
      onFailure: () => {
        this.told.push(name);
        if (this.#brokenHooks-- > 0) throw new Error("the hook is broken");
        return 60_000;
      },
    });
    this.turns = new Turns<Name>({
      clock: this.clock,
      limitMs: 50_000,
      jobs: { drill: job("drill"), run: job("run"), squash: job("squash") },
      afterTurn: () => {
        if (this.#brokenHooks-- > 0) throw new Error("the hook is broken");
      },
      onError: () => {},
    });
  }

  /** The number of the last wish for `name` among all events. */
  wished(name: Name): number {
    return this.#wished[name] ?? 0;
  }

  /** The number of the event at which a turn of `name` began that was done. */
  done(name: Name): number {
    return this.#done[name] ?? 0;
  }

  async act(act: Act): Promise<void> {
    if (act.what === "pass") await this.clock.pass(act.ms);
    else if (act.what === "fail") this.failing.add(act.name);
    else if (act.what === "break a hook") this.#brokenHooks = 1;
    else {
      this.#wished[act.name] = ++this.#events;
      this.turns.wish(act.name, act.afterMs);
    }
  }

  async #work(name: Name, { ms, signal }: { ms: number; signal: AbortSignal }): Promise<void> {
    const beganAt = ++this.#events;
    this.begun[name]++;
    if (++this.#running > 1) this.overlaps++;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const cancel = Number.isFinite(ms) ? this.clock.after(ms, resolve) : () => {};
    signal.addEventListener("abort", () => reject(new Error("gave up")));
    try {
      await promise;
      if (this.failing.delete(name)) throw new Error("failed");
      this.#done[name] = beganAt;
    } finally {
      cancel();
      this.#running--;
    }
  }
}
