// The document around the admin's pages: the way between them, who is signed in, and the way out.
import type { ComponentChildren } from "preact";
import type { AppDeps } from "../deps.ts";
import { Layout } from "../components/layout.tsx";

/** What {@linkcode AdminLayout} needs. */
export interface AdminLayoutProps {
  /** Knows where the files are. */
  deps: AppDeps;
  /** Which of the admin's pages it is. */
  title: keyof typeof PAGES;
  /** As {@linkcode LayoutProps} has it. */
  theme: string | undefined;
  /** Whom the page is for. */
  who: string;
  /** What was just done, in a sentence. */
  done: string | undefined;
  children: ComponentChildren;
}

const PAGES = { Reviews: "/admin", Backup: "/admin/backup" };

/** A whole page for the admin. */
export function AdminLayout({ deps, title, theme, who, done, children }: AdminLayoutProps) {
  return (
    <Layout
      deps={deps}
      title={title}
      theme={theme}
      head={<link rel="stylesheet" href={deps.assets.url("admin.css")} />}
    >
      <header class="admin-bar">
        <nav aria-label="Admin">
          {Object.entries(PAGES).map(([name, path]) => (
            <a key={name} href={path} aria-current={name === title ? "page" : undefined}>{name}</a>
          ))}
          <a href="/">The page</a>
        </nav>
        <form method="post" action="/admin/sign-out">
          <span class="who">Signed in: {who}</span>
          <button type="submit" class="quiet">Sign out</button>
        </form>
      </header>
      <main class="admin">
        <h1>{title}</h1>
        {done !== undefined && <p class="done" role="status">{done}</p>}
        {children}
      </main>
    </Layout>
  );
}
