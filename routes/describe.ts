// Names what a route is in the API document; the document itself is loaded with the first who asks for it.
import type { MiddlewareHandler } from "@hono/hono";
import type { Operation } from "./operations.ts";

const operations = new WeakMap<object, Operation>();

/** Marks a route as this operation of the API document; requests pass through. */
export function describe(operation: Operation): MiddlewareHandler {
  const described: MiddlewareHandler = (_c, next) => next() as Promise<undefined>;
  operations.set(described, operation);
  return described;
}

/** The operation that a handler of {@linkcode describe} stands for. */
export function operationOf(handler: object): Operation | undefined {
  return operations.get(handler);
}
