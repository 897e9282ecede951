// How the backup stands, in words, with what the owner can start by hand.
import { backupLine } from "../../islands/backup_text.ts";
import { utcTime } from "../../islands/utc_time.ts";
import type { BackupStatus } from "../../sync/status.ts";

/** What {@linkcode BackupFacts} shows. */
export interface BackupFactsProps {
  status: BackupStatus;
  /** For how long ago things were. */
  now: Date;
}

/** State, last commit, what is on this disk alone, next try, failure, notice and drill, and the buttons for a backup and a drill. */
export function BackupFacts({ status, now }: BackupFactsProps) {
  const { state, dataset, pending, lastBackup, nextTryAt, failure, notice, progress, drill } = status;
  const { tone, text } = backupLine(status, now);
  return (
    <section aria-label="State">
      <p class={`badge ${tone}`}>
        <span class="dot" aria-hidden="true" />
        <span>{text}</span>
        {failure !== null && <span class="hint">{failure.message}. {failure.hint}</span>}
      </p>
      {state === "off"
        ? (
          <p>
            The reviews lie on this server's disk alone. Set HF_TOKEN and DATASET_REPO and start Hearback again on this
            disk: it then creates the dataset, private, and keeps it up to date.
          </p>
        )
        : (
          <>
            <dl class="facts-list">
              <dt>Dataset</dt>
              <dd>{dataset}</dd>
              <dt>Last backup</dt>
              <dd>
                {lastBackup === null ? "none yet" : (
                  <>
                    {utcTime(lastBackup.at)}, <a href={lastBackup.url}>commit {lastBackup.commit.slice(0, 7)}</a>
                  </>
                )}
              </dd>
              {pending > 0 && <Fact name="Not backed up" text={`${pending} ${pending === 1 ? "change" : "changes"}`} />}
              {nextTryAt !== null && <Fact name="Next try" text={utcTime(nextTryAt)} />}
              {nextTryAt === null && failure !== null && (
                <Fact
                  name="Next try"
                  text="under way; load this page again"
                />
              )}
              {progress !== null && <Fact name="Under way" text={`${progress.step}, ${progress.done} %`} />}
              {notice !== null && <Fact name="Notice" text={notice} />}
              <Fact
                name="Last drill"
                text={drill === null
                  ? "none yet"
                  : `${utcTime(drill.at)}, ${drill.ok ? "passed" : "failed"}: ${drill.message}`}
              />
            </dl>
            {(failure?.kind === "token" || failure?.kind === "rights" || failure?.kind === "missing") && <NewToken />}
            <form method="post" action="/admin/backup" class="actions">
              <button type="submit" name="do" value="backup">Back up now</button>
              <button type="submit" name="do" value="drill" class="quiet">Drill: fetch and check the backup</button>
            </form>
          </>
        )}
    </section>
  );
}

// A restart with another token costs what is not backed up, where it empties the disk.
function NewToken() {
  return (
    <form method="post" action="/admin/backup" class="actions">
      <label>
        New token, used until the next start
        <input type="password" name="token" required pattern="\s*hf_\S+\s*" autocomplete="off" />
      </label>
      <button type="submit" name="do" value="token">Use it now</button>
    </form>
  );
}

function Fact({ name, text }: { name: string; text: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{text}</dd>
    </>
  );
}
