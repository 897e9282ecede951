// The API document to read and try, as a page of our own: it needs no script to be read, and nothing from anywhere else.
import { Hono } from "@hono/hono";
import { Layout } from "./components/layout.tsx";
import { OperationArticle, type OperationView } from "./components/operation_article.tsx";
import { Prose } from "./components/prose.tsx";
import type { AppContext } from "./app_context.ts";
import type { Env } from "./deps.ts";
import { describe } from "./describe.ts";
import { renderPage } from "./http/render_page.ts";

const METHODS = ["get", "post", "delete"] as const;

/** `GET /openapi.json` and `GET /docs`. */
export function docs(context: AppContext): Hono<Env> {
  const app = new Hono<Env>();
  app.get("/openapi.json", describe("getDocument"), async (c) => {
    // Whoever builds on it may fetch it from anywhere; there is nothing in it that is not public.
    return c.json(await context.document(), 200, { "Access-Control-Allow-Origin": "*" });
  });
  app.get("/docs", describe("showDocs"), async (c) => {
    const { paths, components, info } = await context.document();
    const operations = Object.entries(paths).flatMap(([path, item]) =>
      METHODS.flatMap((method) => item?.[method] ? [{ path, method, ...item[method] } as OperationView] : [])
    );
    return renderPage(
      c,
      <Layout
        deps={context}
        title="API"
        theme={c.req.query("__theme")}
        head={
          <>
            <link rel="stylesheet" href={context.assets.url("docs.css")} />
            <script type="module" src={context.assets.url("try_it.js")} />
          </>
        }
      >
        <main class="docs">
          <h1>API</h1>
          <Prose text={info.description ?? ""} />
          <p>
            For programs: <a href="/openapi.json">openapi.json</a>; for agents: <a href="/agents.md">agents.md</a>.
          </p>
          {operations.map((operation) => <OperationArticle key={operation.operationId} {...operation} />)}
          <h2>Schemas</h2>
          {Object.entries(components?.schemas ?? {}).map(([name, schema]) => (
            <details key={name} id={name}>
              <summary>{name}</summary>
              <pre tabIndex={0}>{JSON.stringify(schema, null, 2)}</pre>
            </details>
          ))}
        </main>
      </Layout>,
    );
  });
  return app;
}
