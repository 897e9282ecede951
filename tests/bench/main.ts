// `deno task bench [ROW …]`: Hearback's speed as ratios of what the machine can do.
import { backup, during, restore } from "./backup_rows.ts";
import { runRows } from "./bench_rows.ts";
import { exported } from "./export_row.ts";
import { memory } from "./memory_row.ts";
import { list, million, page, submit, submitAlone } from "./request_rows.ts";
import { start } from "./start_row.ts";
import { streams } from "./streams_row.ts";

await runRows(
  {
    submit,
    "submit-alone": submitAlone,
    page,
    list,
    million,
    during,
    start,
    restore,
    backup,
    memory,
    streams,
    export: exported,
  },
  `wrk runs with one thread. Hearback runs as a process with the permissions of \`deno task start\`, its log goes to a file,
and its rate limit is off, because all requests come from one address. Databases are on disk, the Hub of the tests runs
on the same machine; rows that do not speak of the backup run without.`,
);
