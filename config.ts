// Every setting of Hearback: which environment variable it comes from, its default, and what is allowed.
// Longer than our other files, because it is one table, which is read as a whole.
import type { Field } from "./db/review.ts";
import type { PageSettings } from "./routes/deps.ts";
import type { OAuthSettings } from "./routes/admin/hub_sign_in.ts";
import type { WebhookSettings } from "./routes/webhook.ts";
import type { BackupSettings } from "./sync/running_backup.ts";

/** Every variable that {@linkcode readConfig} looks at, so that no other has to be readable. */
export const VARIABLES = [
  "PORT",
  "HOST",
  "DATA_DIR",
  "HF_TOKEN",
  "HUB_TOKEN",
  "DATASET_REPO",
  "DATASET_PRIVATE",
  "HF_ENDPOINT",
  "BACKUP_SCHEDULE",
  "BACKUP_SOON",
  "SQUASH_AFTER",
  "ADMIN_TOKEN",
  "ADMIN_USERS",
  "FORM_TITLE",
  "FORM_QUESTION",
  "FORM_INTRO",
  "FORM_LOW",
  "FORM_HIGH",
  "FORM_REQUIRE",
  "PUBLIC_NAMES",
  "RATE_LIMIT",
  "TRUST_PROXY",
  "FRAME_ANCESTORS",
  "LOG_FORMAT",
  "WEBHOOK_URL",
  "WEBHOOK_SECRET",
  "SPACE_ID",
  "SPACE_HOST",
  "OAUTH_CLIENT_ID",
  "OAUTH_CLIENT_SECRET",
  "OPENID_PROVIDER_URL",
] as const;

/** The name of a setting. */
export type Variable = (typeof VARIABLES)[number];

/** All settings, each part's slice on its own. */
export interface Config {
  host: string;
  /** 0 takes a free port. */
  port: number;
  dataDir: string;
  logFormat: "text" | "json";
  page: PageSettings;
  backup: BackupSettings;
  /** Null sends nothing. */
  webhook: WebhookSettings | null;
}

/** The settings cannot be used; `problems` names each one, with what is allowed. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

interface Rule<T, D = T> {
  default: D;
  /** Undefined refuses the value. */
  parse: (value: string) => T | undefined;
  allowed: string;
  /** Its value is never told. */
  secret?: boolean;
}

/** Reads the settings from `env`; `FORM_REQUIRE` may name what is `requirable`. Throws a {@linkcode ConfigError} that lists every problem at once. */
export function readConfig(
  env: Partial<Record<Variable, string>>,
  { isTerminal = false, requirable = [] }: { isTerminal?: boolean; requirable?: readonly Field[] } = {},
): Config {
  const problems: string[] = [];

  function read<T, D = T>(name: Variable, rule: Rule<T, D>): T | D {
    const value = env[name]?.trim() ?? "";
    if (value === "") return rule.default;
    const parsed = rule.parse(value);
    if (parsed !== undefined) return parsed;
    problems.push(`${name} ${rule.secret ? "has a value that is not shown" : `is ${quote(value)}`}; ${rule.allowed}`);
    return rule.default;
  }
  const text = (name: Variable, fallback: string) =>
    read(name, { default: fallback, parse: (value) => value, allowed: "any text is allowed" });
  const yesNo = (name: Variable, fallback: boolean) =>
    read(name, { default: fallback, parse: parseBoolean, allowed: "allowed are true and false" });

  const hubToken = {
    default: undefined,
    parse: (value: string) => matching(value, /^hf_[!-~]+$/),
    allowed: "a token of the Hub begins with hf_ and has no spaces in it",
    secret: true,
  };
  const huggingToken = read("HF_TOKEN", hubToken);
  const guideToken = read("HUB_TOKEN", hubToken);
  const token = huggingToken ?? guideToken;
  const webhookUrl = read("WEBHOOK_URL", {
    default: undefined,
    parse: parseWebUrl,
    allowed: "allowed is an http or https address without a name and password before the host",
    secret: true,
  });
  const webhookSecret = read("WEBHOOK_SECRET", {
    default: undefined,
    parse: (value) => matching(value, /^whsec_(?=.{32,})[A-Za-z0-9+/]+={0,2}$/),
    allowed: "allowed is whsec_ followed by at least 24 bytes in base64, as `openssl rand -base64 32` makes them",
    secret: true,
  });
  const isAlone = (one: unknown, other: Variable) => one !== undefined && (env[other]?.trim() ?? "") === "";
  if (isAlone(webhookUrl, "WEBHOOK_SECRET") || isAlone(webhookSecret, "WEBHOOK_URL")) {
    problems.push("WEBHOOK_URL and WEBHOOK_SECRET need each other: every review that is sent there is signed");
  }
  const onSpace = Boolean(env.SPACE_ID || env.SPACE_HOST);

  const config: Config = {
    host: read("HOST", {
      default: "0.0.0.0",
      parse: (value) => matching(value, /^[\w.:-]+$/),
      allowed: "allowed is a host name or an address such as 127.0.0.1",
    }),
    port: read("PORT", {
      default: 7860,
      parse: wholeNumber(65535),
      allowed: "allowed is a whole number from 0 to 65535",
    }),
    dataDir: read("DATA_DIR", {
      default: "./data",
      parse: (value) => matching(value, /^[^,]+$/),
      allowed: "allowed is a path without a comma, because a list of permissions is parted by commas",
    }),
    logFormat: read("LOG_FORMAT", {
      default: isTerminal ? "text" : "json",
      parse: (value) => value === "text" || value === "json" ? value : undefined,
      allowed: "allowed are text and json",
    }),
    page: {
      title: text("FORM_TITLE", "Your feedback"),
      question: text("FORM_QUESTION", "How satisfied are you?"),
      intro: text("FORM_INTRO", "Tell us what works well and what does not."),
      low: text("FORM_LOW", "not at all"),
      high: text("FORM_HIGH", "very much"),
      require: read("FORM_REQUIRE", {
        default: ["rating"],
        parse: (value) => parseFields(value, requirable),
        allowed: `allowed is a comma list out of ${LIST.format(requirable)}`,
      }),
      publicNames: yesNo("PUBLIC_NAMES", true),
      adminToken: read("ADMIN_TOKEN", {
        default: undefined,
        parse: (value) => matching(value, /^[!-~]+$/),
        allowed: "allowed are letters, digits and signs of ASCII without spaces, because it travels in a header",
        secret: true,
      }),
      oauth: readOAuth(),
      rateLimit: read("RATE_LIMIT", {
        default: { max: 20, windowSeconds: 600 },
        parse: parseRateLimit,
        allowed: "allowed is a number of submits and a time in s, m or h, of at most 24h, such as 20/10m, or off",
      }),
      trustProxy: yesNo("TRUST_PROXY", onSpace),
      frameAncestors: read("FRAME_ANCESTORS", {
        default: "'self' https://huggingface.co https://*.hf.space",
        parse: (value) => matching(value, /^(?!.*[;,])[ -~]+$/),
        allowed: "allowed are sources of a content security policy, with spaces between them",
      }),
    },
    backup: {
      token,
      dataset: read("DATASET_REPO", {
        default: token && env.SPACE_ID ? `${env.SPACE_ID}-reviews` : undefined,
        parse: (value) => matching(value, /^\w[\w.-]{0,95}\/\w[\w.-]{0,95}$/),
        allowed: "allowed is owner/name, without an address before it",
      }),
      private: yesNo("DATASET_PRIVATE", true),
      endpoint: read("HF_ENDPOINT", {
        default: "https://huggingface.co",
        parse: parseEndpoint,
        allowed: "allowed is an http or https address such as https://huggingface.co",
      }),
      schedule: read("BACKUP_SCHEDULE", {
        default: "* * * * *",
        parse: (value) => isCronExpression(value) ? value : undefined,
        allowed: "allowed are the five fields minute, hour, day, month and weekday, each with numbers or names, *, " +
          "lists, ranges and steps such as */5; Sunday is 1 or SUN",
      }),
      soonSeconds: read("BACKUP_SOON", {
        default: 5,
        parse: (value) => value === "off" ? null : wholeNumber(3600)(value),
        allowed: "allowed is a whole number of seconds from 0 to 3600, or off",
      }),
      squashAfter: read("SQUASH_AFTER", {
        default: 1000,
        parse: wholeNumber(1_000_000),
        allowed: "allowed is a whole number of commits from 0 (never) to 1000000",
      }),
    },
    webhook: webhookUrl === undefined || webhookSecret === undefined
      ? null
      : { url: webhookUrl, secret: webhookSecret },
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return config;

  // A Space with `hf_oauth: true` is given the app; its owner is let in, and whoever is named.
  function readOAuth(): OAuthSettings | undefined {
    const users = read("ADMIN_USERS", {
      default: [],
      parse: parseUsers,
      allowed: "allowed is a comma list of user names of the Hub",
    });
    const issuer = read("OPENID_PROVIDER_URL", {
      default: "https://huggingface.co",
      parse: parseEndpoint,
      allowed: "allowed is an http or https address; a Space sets it by itself",
    });
    const [clientId, clientSecret, host] = [env.OAUTH_CLIENT_ID, env.OAUTH_CLIENT_SECRET, env.SPACE_HOST];
    if (!clientId || !clientSecret || !host) return undefined;
    const [owner = ""] = (env.SPACE_ID ?? "").toLowerCase().split("/");
    return { issuer, clientId, clientSecret, origin: `https://${host}`, admins: [owner, ...users].filter(Boolean) };
  }
}

// A token that was pasted into the wrong variable is still a secret.
function quote(value: string): string {
  const shown = value.replaceAll(/hf_[!-~]+/g, "hf_…").replaceAll(/\/\/[^/@]*@/g, "//…@");
  return JSON.stringify(shown.length > 100 ? `${shown.slice(0, 100)}…` : shown);
}

function matching(value: string, pattern: RegExp): string | undefined {
  return pattern.test(value) ? value : undefined;
}

function wholeNumber(max: number): (value: string) => number | undefined {
  return (value) => /^\d{1,9}$/.test(value) && Number(value) <= max ? Number(value) : undefined;
}

function parseBoolean(value: string): boolean | undefined {
  const lower = value.toLowerCase();
  return lower === "true" ? true : lower === "false" ? false : undefined;
}

const LIST = new Intl.ListFormat("en-GB"); // a, b and c

function parseFields(value: string, allowed: readonly Field[]): Field[] | undefined {
  const fields = value.split(",").map((name) => allowed.find((field) => field === name.trim()));
  return fields.every((field) => field !== undefined) ? fields : undefined;
}

function parseUsers(value: string): string[] | undefined {
  const users = value.split(",").map((user) => user.trim().toLowerCase());
  return users.every((user) => /^[\w.-]+$/.test(user)) ? users : undefined;
}

function parseRateLimit(value: string): PageSettings["rateLimit"] | undefined {
  if (value === "off") return null;
  const [, max, span, unit] = /^([1-9]\d{0,5})\/([1-9]\d{0,5})([smh])$/.exec(value) ?? [];
  if (unit === undefined) return undefined;
  const windowSeconds = Number(span) * { s: 1, m: 60, h: 3600 }[unit as "s" | "m" | "h"];
  return windowSeconds <= 86_400 ? { max: Number(max), windowSeconds } : undefined; // one timer cannot wait for a month
}

function parseEndpoint(value: string): string | undefined {
  const href = parseWebUrl(value);
  return href && !/[?#]/.test(href) ? href.replace(/\/+$/, "") : undefined;
}

function parseWebUrl(value: string): string | undefined {
  const url = URL.parse(value);
  return url && /^https?:$/.test(url.protocol) && !url.username && !url.password ? url.href : undefined;
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

// Deno.cron counts weekdays from 1, takes no 0 for Sunday, and says of a mistake only that there is one.
function isCronExpression(value: string): boolean {
  const fields = value.split(/\s+/);
  const rules: { min: number; max: number; names?: string[] }[] = [
    { min: 0, max: 59 },
    { min: 0, max: 23 },
    { min: 1, max: 31 },
    { min: 1, max: 12, names: MONTHS },
    { min: 1, max: 7, names: WEEKDAYS },
  ];
  return fields.length === rules.length && rules.every(({ min, max, names = [] }, i) => {
    const inRange = (part: string) =>
      names.includes(part.toUpperCase()) || (/^\d{1,2}$/.test(part) && Number(part) >= min && Number(part) <= max);
    return fields[i]?.split(",").every((item) => {
      const [range = "", step, ...more] = item.split("/");
      const stepFits = step === undefined || (/^\d{1,2}$/.test(step) && Number(step) >= 1 && Number(step) <= max - min);
      const ends = range.split("-");
      return more.length === 0 && stepFits && (range === "*" || (ends.length <= 2 && ends.every(inRange)));
    });
  });
}
