// The badge that says how the backup stands, kept true while the page is open.
import { useEffect, useState } from "preact/hooks";
import type { BackupStatus } from "../sync/status.ts";
import { backupLine } from "./backup_text.ts";
import { listen } from "./live.ts";

/** What the badge starts from; plain JSON, because it travels in the page. */
export interface BackupBadgeProps {
  /** How the backup stood when the page was made. */
  status: BackupStatus;
  /** The server's time in milliseconds since 1970, so that both sides first say the same. */
  now: number;
}

const TICK_MS = 10_000;

/** The badge, with a link to the newest commit and a hint where the owner has to act. */
export function BackupBadge(props: BackupBadgeProps) {
  const [status, setStatus] = useState(props.status);
  const [now, setNow] = useState(props.now);
  useEffect(() =>
    listen("status", (next) => {
      setStatus(next);
      setNow(Date.now());
    }), []);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  const { tone, text } = backupLine(status, new Date(now));
  return (
    <p class={`badge ${tone}`}>
      <span class="dot" aria-hidden="true" />
      <span>{text}</span>
      {status.lastBackup && <a href={status.lastBackup.url}>commit {status.lastBackup.commit.slice(0, 7)}</a>}
      {status.failure?.hint && <span class="hint">{status.failure.hint}</span>}
    </p>
  );
}
