// The backups that the dataset's history holds, the way back to each, and the way to be rid of them.
import { utcTime } from "../../islands/utc_time.ts";
import type { HistoryEntry } from "../../sync/status.ts";

/** The newest commits, newest first; null where the Hub did not tell, and `unread` says why. */
export function BackupHistory({ entries, unread }: { entries: HistoryEntry[] | null; unread: string }) {
  return (
    <>
      <h2 id="history">History</h2>
      <p>
        Every backup is a commit of the dataset. "Bring back" merges one into what is here, while Hearback runs: reviews
        that are missing come back, nothing is removed or changed, and what was erased stays erased.
      </p>
      {entries === null && <p class="error">The history cannot be shown: {unread}.</p>}
      <ol class="moderation">
        {(entries ?? []).map(({ commit, at, title, url }) => (
          <li key={commit}>
            <form method="post" action="/admin/backup">
              <input type="hidden" name="commit" value={commit} />
              <button type="submit" class="quiet" name="do" value="restore" aria-describedby={`c-${commit}`}>
                Bring back
              </button>
            </form>
            <div id={`c-${commit}`}>
              <span class="facts">
                <a href={url}>commit {commit.slice(0, 7)}</a>
                <time datetime={at}>{utcTime(at)}</time>
              </span>
              <span class="comments">{title}</span>
            </div>
          </li>
        ))}
      </ol>
      <section aria-labelledby="erase-history">
        <h2 id="erase-history">Erase from history</h2>
        <p>
          An erased review leaves the newest backup with the next run, but older commits still hold it. This makes the
          whole history one single commit that holds the newest backup alone. There is no way back to older backups
          then, and erasures of a moment ago cannot be taken back any more. The Hub may need some time until it has
          deleted the old files, and copies that others made before are out of reach.
        </p>
        <form method="post" action="/admin/backup" class="actions">
          <label>
            <input type="checkbox" name="sure" value="yes" required /> I want no older backups any more
          </label>
          <button type="submit" name="do" value="squash">Erase the history</button>
        </form>
      </section>
    </>
  );
}
