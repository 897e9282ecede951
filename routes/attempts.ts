// Keeps anybody from guessing the admin token: whoever is wrong too often has to wait.
import { AppError } from "../db/app_error.ts";
import { createAddressHash } from "./address_hash.ts";

/** Wrong attempts by address. */
export interface Attempts {
  /** Throws `too_many` where `address` was wrong too often of late. */
  check(address: string): void;
  /** Notes a wrong attempt. */
  failed(address: string): void;
}

const MOST = 10;
const WINDOW_MS = 600_000;

/** Nobody has tried yet. Addresses are kept as salted hashes, in memory, for ten minutes. */
export function createAttempts({ now }: { now: () => Date }): Attempts {
  const hash = createAddressHash({ now });
  const times = new Map<string, number[]>();
  const recent = (key: string) => {
    const at = now().getTime();
    return (times.get(key) ?? []).filter((time) => time > at - WINDOW_MS && time <= at);
  };
  return {
    check(address) {
      const [oldest = 0, ...more] = recent(hash(address));
      if (more.length + 1 < MOST) return;
      const retryAfter = Math.ceil((oldest + WINDOW_MS - now().getTime()) / 1000);
      throw new AppError("too_many", `That was wrong too often; try again in ${Math.ceil(retryAfter / 60)} minutes`, {
        retryAfter,
      });
    },
    failed(address) {
      const key = hash(address);
      times.set(key, [...recent(key), now().getTime()]);
      for (const other of times.keys()) if (recent(other).length === 0) times.delete(other);
    },
  };
}
