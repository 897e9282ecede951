// The document around every page.
import type { ComponentChildren } from "preact";
import type { AppDeps } from "../deps.ts";

/** What {@linkcode Layout} needs. */
export interface LayoutProps {
  /** Knows where the files are, and what the page is called. */
  deps: AppDeps;
  /** What this page is called; the form's title stands behind it. */
  title: string;
  /** `light` or `dark` fixes the scheme before anything is painted; all else leaves it to the system. */
  theme: string | undefined;
  /** What this page loads that others do not. */
  head?: ComponentChildren;
  /** What the scripts find on the body. */
  body?: Record<`data-${string}`, string>;
  children: ComponentChildren;
}

/** A whole document with head, stylesheet and islands. */
export function Layout({ deps: { assets, settings }, title, theme, head, body, children }: LayoutProps) {
  const scheme = theme === "light" || theme === "dark" ? theme : undefined;
  return (
    <html lang="en" data-theme={scheme}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content={scheme ?? "light dark"} />
        <title>{title === settings.title ? title : `${title} · ${settings.title}`}</title>
        <meta name="description" content={settings.intro} />
        <link rel="icon" href={assets.url("icon.svg")} type="image/svg+xml" />
        <link rel="stylesheet" href={assets.url("style.css")} />
        <script type="module" src={assets.url("app.js")} />
        {assets.has("dev_reload.js") && <script type="module" src={assets.url("dev_reload.js")} />}
        {head}
      </head>
      <body {...body}>{children}</body>
    </html>
  );
}
