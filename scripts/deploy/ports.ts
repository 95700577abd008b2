// What the deploy needs from outside: wrangler, the running app, the terminal, files and time. Tests pass their own, so that
// every step can be made to fail.

export type WranglerAnswer = {
  code: number;
  stdout: string;
  stderr: string;
  /** What wrangler reports about a command for programs: one object a line of its output file. */
  events: readonly Record<string, unknown>[];
};

export type AppAnswer = { status: number; text: string };

export type DeployPorts = {
  /** Runs wrangler to its end. Never throws. */
  wrangler: (args: readonly string[], environment?: Record<string, string>) => Promise<WranglerAnswer>;
  /** One request to the deployed app. Throws when nothing answers. */
  request: (
    address: string,
    init: { method: 'GET' | 'POST'; headers: Record<string, string> },
  ) => Promise<AppAnswer>;
  /** What the operator types, trimmed; undefined where nobody can be asked. A hidden answer is not shown. */
  ask: (question: string, how?: { hidden: boolean }) => Promise<string | undefined>;
  say: (line: string) => void;
  /** Files of this machine that only their owner can read, in a folder that the repository ignores. */
  kept: {
    read: (name: string) => string | undefined;
    write: (name: string, text: string) => void;
    remove: (name: string) => void;
  };
  /** wrangler's configuration in the repository. */
  wranglerToml: () => string;
  /** Writes the generated configuration, which the repository ignores; returns its path. */
  writeConfig: (text: string) => string;
  /** Hands over the path of a file with this text, outside the repository and readable by its owner only; it is gone on every exit. */
  withSecretFile: <T>(text: string, run: (path: string) => Promise<T>) => Promise<T>;
  /** The names of the migrations of this checkout, in order. */
  migrations: () => readonly string[];
  /** The cost table of docs/cost.md, as it stands there. */
  costTable: () => readonly string[];
  /** 32 random bytes as text without signs that a shell or a form would change. */
  newSecret: () => string;
  /** The commit of this checkout; '' where there is none, or where something is changed that is not committed. */
  commit: () => string;
  nowMs: () => number;
  sleep: (ms: number) => Promise<void>;
  environment: Readonly<Record<string, string | undefined>>;
};

/** Why the deploy ends here, in words for the operator: what is wrong, and what to do. Nothing else is printed for it. */
export class DeployStop extends Error {
  override readonly name = 'DeployStop';
}
