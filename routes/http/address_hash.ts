// Makes addresses comparable without keeping them: hashes whose salt lives in memory and for one day alone.
import { createHash, randomBytes } from "node:crypto";

/** The same text for the same parts on the same day (UTC), and of no use on any other. */
export type AddressHash = (address: string, ...more: unknown[]) => string;

/** Draws the first salt. */
export function createAddressHash({ now }: { now: () => Date }): AddressHash {
  let salt = randomBytes(16);
  let day = "";
  return function addressHash(...parts) {
    const today = now().toISOString().slice(0, 10);
    if (today !== day) [day, salt] = [today, randomBytes(16)];
    return createHash("sha256").update(salt).update(JSON.stringify(parts)).digest("base64");
  };
}
