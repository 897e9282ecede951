// The settings: their defaults, every way to get them wrong, and that no secret is told while complaining.
import assert from "node:assert/strict";
import fc from "fast-check";
import { REQUIRABLE } from "../db/review.ts";
import { ConfigError, readConfig, type Variable, VARIABLES } from "../config.ts";

Deno.test("readConfig() without any variable gives the defaults, local only", () => {
  assert.deepEqual(readConfig({}), {
    host: "0.0.0.0",
    port: 7860,
    dataDir: "./data",
    logFormat: "json",
    page: {
      title: "Your feedback",
      question: "How satisfied are you?",
      intro: "Tell us what works well and what does not.",
      low: "not at all",
      high: "very much",
      require: ["rating"],
      publicNames: true,
      adminToken: undefined,
      oauth: undefined,
      rateLimit: { max: 20, windowSeconds: 600 },
      trustProxy: false,
      frameAncestors: "'self' https://huggingface.co https://*.hf.space",
    },
    backup: {
      token: undefined,
      dataset: undefined,
      private: true,
      endpoint: "https://huggingface.co",
      schedule: "* * * * *",
      soonSeconds: 5,
      squashAfter: 1000,
    },
    webhook: null,
  });
});

Deno.test("readConfig() takes every variable", () => {
  const config = readConfig({
    PORT: "0",
    HOST: "127.0.0.1",
    DATA_DIR: "/srv/hearback",
    HF_TOKEN: "hf_abc",
    HUB_TOKEN: "hf_guide",
    DATASET_REPO: "ada/the-reviews_2.0",
    DATASET_PRIVATE: "False",
    HF_ENDPOINT: "http://localhost:7870/",
    BACKUP_SCHEDULE: "*/5 0-6,22 * JAN-mar SUN",
    BACKUP_SOON: "off",
    SQUASH_AFTER: "0",
    ADMIN_TOKEN: "open sesame".replace(" ", "-"),
    FORM_TITLE: "T",
    FORM_QUESTION: "Q",
    FORM_INTRO: "I",
    FORM_LOW: "L",
    FORM_HIGH: "H",
    FORM_REQUIRE: "name, comments",
    PUBLIC_NAMES: "false",
    RATE_LIMIT: "5/30s",
    TRUST_PROXY: "true",
    FRAME_ANCESTORS: "'none'",
    LOG_FORMAT: "text",
    WEBHOOK_URL: "https://example.org/hook?key=1",
    WEBHOOK_SECRET: `whsec_${"A".repeat(32)}`,
  }, { requirable: REQUIRABLE });
  assert.deepEqual(config, {
    host: "127.0.0.1",
    port: 0,
    dataDir: "/srv/hearback",
    logFormat: "text",
    page: {
      title: "T",
      question: "Q",
      intro: "I",
      low: "L",
      high: "H",
      require: ["name", "comments"],
      publicNames: false,
      adminToken: "open-sesame",
      oauth: undefined,
      rateLimit: { max: 5, windowSeconds: 30 },
      trustProxy: true,
      frameAncestors: "'none'",
    },
    backup: {
      token: "hf_abc",
      dataset: "ada/the-reviews_2.0",
      private: false,
      endpoint: "http://localhost:7870",
      schedule: "*/5 0-6,22 * JAN-mar SUN",
      soonSeconds: null,
      squashAfter: 0,
    },
    webhook: { url: "https://example.org/hook?key=1", secret: `whsec_${"A".repeat(32)}` },
  });
});

Deno.test("readConfig() takes the guide's HUB_TOKEN where there is no HF_TOKEN, and empty values as none", () => {
  assert.equal(readConfig({ HUB_TOKEN: "hf_guide", HF_TOKEN: " " }).backup.token, "hf_guide");
  assert.equal(readConfig({ PORT: "" }).port, 7860);
});

Deno.test("readConfig() on a Space names the dataset after it and trusts its proxy", () => {
  const config = readConfig({ SPACE_ID: "ada/demo", HF_TOKEN: "hf_abc" });
  assert.equal(config.backup.dataset, "ada/demo-reviews");
  assert.equal(config.page.trustProxy, true);
  assert.equal(readConfig({ SPACE_HOST: "ada-demo.hf.space", TRUST_PROXY: "false" }).page.trustProxy, false);
  assert.equal(readConfig({ SPACE_ID: "ada/demo" }).backup.dataset, undefined, "without a token there is no backup");
});

Deno.test("readConfig() lets the owner of a Space with hf_oauth and ADMIN_USERS sign in by the Hub", () => {
  const given = { SPACE_ID: "Ada/demo", SPACE_HOST: "ada-demo.hf.space", OAUTH_CLIENT_ID: "id" };
  const config = readConfig({ ...given, OAUTH_CLIENT_SECRET: "secret", ADMIN_USERS: "Grace, alan-t" });
  assert.deepEqual(config.page.oauth, {
    issuer: "https://huggingface.co",
    clientId: "id",
    clientSecret: "secret",
    origin: "https://ada-demo.hf.space",
    admins: ["ada", "grace", "alan-t"],
  });
  assert.equal(readConfig(given).page.oauth, undefined, "without a secret there is no app");
});

Deno.test("readConfig() takes a limit for a whole day, and none where it is off", () => {
  assert.deepEqual(readConfig({ RATE_LIMIT: "100/24h" }).page.rateLimit, { max: 100, windowSeconds: 86_400 });
  assert.equal(readConfig({ RATE_LIMIT: "off" }).page.rateLimit, null);
});

Deno.test("readConfig() logs text on a terminal", () => {
  assert.equal(readConfig({}, { isTerminal: true }).logFormat, "text");
  assert.equal(readConfig({ LOG_FORMAT: "json" }, { isTerminal: true }).logFormat, "json");
});

const refused: Partial<Record<Variable, string[]>> = {
  PORT: ["-1", "65536", "80.5", "http", "1e3"],
  HOST: ["a b", "http://localhost/"],
  DATA_DIR: ["/srv/a,b"],
  HF_TOKEN: ["secret", "hf_", "hf_a b"],
  HUB_TOKEN: ["secret"],
  DATASET_REPO: ["name", "a/b/c", "/b", "a/", "https://huggingface.co/datasets/a/b", "a/b c"],
  DATASET_PRIVATE: ["yes", "1"],
  HF_ENDPOINT: ["huggingface.co", "ftp://a", "https://a/?b", "https://me:secret@a/"],
  BACKUP_SCHEDULE: ["* * * *", "60 * * * *", "@hourly", "* * * * 0", "*/0 * * * *", "* * * * SUN SUN", "1-2-3 * * * *"],
  BACKUP_SOON: ["on", "-5", "3601"],
  SQUASH_AFTER: ["never", "-1"],
  ADMIN_TOKEN: ["two words", "schlüssel"],
  ADMIN_USERS: ["ada,", "ada lovelace"],
  OPENID_PROVIDER_URL: ["huggingface.co"],
  FORM_REQUIRE: ["rating,age", "rating,"],
  PUBLIC_NAMES: ["no"],
  RATE_LIMIT: ["20", "0/10m", "20/10d", "20/m", "20/25h", "20/86401s"],
  TRUST_PROXY: ["2"],
  FRAME_ANCESTORS: ["*; script-src *", "'self'\nX-Evil: 1", "https://a, https://b"],
  LOG_FORMAT: ["xml"],
  WEBHOOK_URL: ["example.org", "ftp://example.org", "https://me:secret@example.org"],
  WEBHOOK_SECRET: ["secret", "whsec_c2hvcnQ=", `${"A".repeat(40)}`],
};

for (const [name, values] of Object.entries(refused)) {
  Deno.test(`readConfig() refuses a wrong ${name} and names it`, () => {
    for (const value of values) {
      const [problem = "", ...more] = problemsOf({ [name]: value });
      assert.match(problem, new RegExp(`^${name} .*; `, "s"), value);
      assert.deepEqual(more, []);
    }
  });
}

Deno.test("readConfig() refuses a webhook without a secret, and a secret without a webhook", () => {
  for (const env of [{ WEBHOOK_URL: "https://example.org/" }, { WEBHOOK_SECRET: `whsec_${"A".repeat(32)}` }]) {
    assert.match(problemsOf(env).join(), /^WEBHOOK_URL and WEBHOOK_SECRET need each other/);
  }
});

Deno.test("readConfig() reports all problems at once, each with name, value and what is allowed", () => {
  const env = { PORT: "http", DATASET_REPO: "reviews", PUBLIC_NAMES: "maybe", HF_TOKEN: "sesame", FORM_REQUIRE: "age" };
  assert.deepEqual(problemsOf(env), [
    "HF_TOKEN has a value that is not shown; a token of the Hub begins with hf_ and has no spaces in it",
    'PORT is "http"; allowed is a whole number from 0 to 65535',
    'FORM_REQUIRE is "age"; allowed is a comma list out of name, rating and comments',
    'PUBLIC_NAMES is "maybe"; allowed are true and false',
    'DATASET_REPO is "reviews"; allowed is owner/name, without an address before it',
  ]);
});

Deno.test("readConfig() tells no secret, not even one in the wrong variable", () => {
  const told = problemsOf({
    HF_TOKEN: "open sesame",
    ADMIN_TOKEN: "two sesames",
    DATASET_REPO: "hf_sesame",
    HF_ENDPOINT: "ftp://me:sesame@host/",
    WEBHOOK_URL: "ftp://host/sesame",
    WEBHOOK_SECRET: "sesame",
  });
  assert.equal(told.length, 6);
  assert.doesNotMatch(told.join("\n"), /sesame/);
});

Deno.test("readConfig() accepts no schedule that Deno.cron refuses, and no other than the settings say", async () => {
  const part = fc.constantFrom(
    "*",
    "0",
    "1",
    "7",
    "8",
    "12",
    "13",
    "23",
    "24",
    "31",
    "32",
    "59",
    "60",
    "JAN",
    "dec",
    "Sat",
  );
  const item = fc.tuple(
    part,
    fc.option(part),
    fc.option(fc.constantFrom("0", "1", "6", "7", "11", "12", "23", "24", "30", "31", "59", "60")),
  ).map(
    ([from, to, step]) => from + (to === null ? "" : `-${to}`) + (step === null ? "" : `/${step}`),
  );
  const field = fc.oneof(
    { weight: 3, arbitrary: fc.constant("*") },
    fc.array(item, { minLength: 1, maxLength: 2 }).map(String),
  );
  const expression = fc.array(field, { minLength: 5, maxLength: 5 }).map((fields) => fields.join(" "));
  await fc.assert(
    fc.asyncProperty(expression, async (schedule) => {
      const accepted = problemsOf({ BACKUP_SCHEDULE: schedule }).length === 0;
      assert.equal(accepted, await cronAccepts(schedule), schedule);
    }),
    { numRuns: 500 },
  );
});

Deno.test("deno.json lets the app read exactly the variables that readConfig() looks at", async () => {
  const { permissions } = JSON.parse(await Deno.readTextFile(new URL("../deno.json", import.meta.url)));
  assert.deepEqual(new Set(permissions.default.env), new Set(VARIABLES));
});

Deno.test("the README explains every setting", async () => {
  const readme = await Deno.readTextFile(new URL("../README.md", import.meta.url));
  const settings = VARIABLES.filter((name) => !/^(SPACE|OAUTH|OPENID)_/.test(name)); // those come from the platform
  assert.deepEqual(settings.filter((name) => !readme.includes(`\`${name}\``)), []);
});

function problemsOf(env: Partial<Record<Variable, string>>): readonly string[] {
  try {
    readConfig(env, { requirable: REQUIRABLE });
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
}

async function cronAccepts(schedule: string): Promise<boolean> {
  const abort = new AbortController();
  try {
    const registered = Deno.cron("schedule-probe", schedule, { signal: abort.signal }, () => {});
    abort.abort();
    await registered;
    return true;
  } catch {
    return false;
  }
}
