// The document around every page.
import type { ComponentChildren } from "preact";
import type { AppDeps } from "../deps.ts";

/** What {@linkcode Layout} needs. */
export interface LayoutProps {
  deps: AppDeps;
  title: string;
  /** `light` or `dark` fixes the scheme before anything is painted; all else leaves it to the system. */
  theme: string | undefined;
  /** What the scripts find on the body. */
  body?: Record<`data-${string}`, string>;
  children: ComponentChildren;
}

/** A whole document with head, stylesheet and islands. */
export function Layout({ deps: { assets, settings }, title, theme, body, children }: LayoutProps) {
  return (
    <html lang="en" data-theme={theme === "light" || theme === "dark" ? theme : undefined}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content={theme === "light" || theme === "dark" ? theme : "light dark"} />
        <title>{title === settings.title ? title : `${title} · ${settings.title}`}</title>
        <meta name="description" content={settings.intro} />
        <link rel="icon" href={assets.url("icon.svg")} type="image/svg+xml" />
        <link rel="stylesheet" href={assets.url("style.css")} />
        <script type="module" src={assets.url("app.js")} />
        {assets.has("dev_reload.js") && <script type="module" src={assets.url("dev_reload.js")} />}
      </head>
      <body {...body}>{children}</body>
    </html>
  );
}
