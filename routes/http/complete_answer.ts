// Answers what is asked for most with everything that middleware adds to other answers, because adding it afterwards costs more than the answer.
import type { Context } from "@hono/hono";
import type { Env } from "../deps.ts";

/** Sends `response` as it is: its headers are all there, and where it is worth it, it is compressed. */
export function completeAnswer(c: Context<Env>, response: Response): Response {
  c.set("isComplete", true);
  return response;
}

/** Whether the client takes gzip. */
export function takesGzip(c: Context<Env>): boolean {
  return (c.req.header("Accept-Encoding") ?? "").split(",").some((part) => {
    const [name = "", quality = "q=1"] = part.split(";");
    return name.trim() === "gzip" && Number(quality.trim().slice(2)) > 0;
  });
}
