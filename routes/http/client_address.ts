// Finds out whom a submit comes from, as far as that can be believed.
import type { Context } from "@hono/hono";
import type { Env, PageSettings } from "../deps.ts";

const PRIVATE = /^(10|127|192\.168|169\.254|172\.(1[6-9]|2\d|3[01]))\.|^(::1$|f[cd]|fe80)/i;

/**
 * The client's address; of IPv6 the network alone, because one household holds 2^64 addresses. Proxies append to
 * `X-Forwarded-For`, so all but the end can be made up by the client: the last public address is the one to believe.
 */
export function clientAddress(c: Context<Env>, { trustProxy }: Pick<PageSettings, "trustProxy">): string {
  const remote = c.env?.remoteAddr;
  const direct = remote !== undefined && "hostname" in remote ? remote.hostname : "unknown";
  if (!trustProxy) return network(direct);
  const chain = (c.req.header("X-Forwarded-For") ?? "").split(",").map((part) => part.trim()).filter(Boolean);
  return network(chain.findLast((address) => !PRIVATE.test(address)) ?? chain.at(-1) ?? direct);
}

function network(address: string): string {
  if (!address.includes(":") || address.includes(".")) return address;
  const [head = "", tail] = address.split("::");
  const groups = head.split(":");
  if (tail !== undefined) groups.push(...Array(Math.max(0, 8 - groups.length - tail.split(":").length)).fill("0"));
  return groups.slice(0, 4).join(":");
}
