// What the deploy cannot know and asks once. The answers are kept, so that a second run asks nothing; none of them is a secret.
import { type DeployPorts, DeployStop } from './ports.ts';

/** Where objects can be created, with the region that D1 knows for it (D1 has six, cloudflare-platform.md 1.10). */
export const REGIONS = {
  weur: { words: 'Western Europe', database: 'weur' },
  eeur: { words: 'Eastern Europe', database: 'eeur' },
  enam: { words: 'Eastern North America', database: 'enam' },
  wnam: { words: 'Western North America', database: 'wnam' },
  sam: { words: 'South America', database: 'enam' },
  apac: { words: 'Asia Pacific', database: 'apac' },
  oc: { words: 'Oceania', database: 'oc' },
  afr: { words: 'Africa', database: 'weur' },
  me: { words: 'Middle East', database: 'eeur' },
} as const;
export type Region = keyof typeof REGIONS;

export type Choices = {
  account: string;
  region: Region;
  plan: 'free' | 'paid';
  door: 'password' | 'access';
  /** The name under which Access guards the app; '' where the app has a workers.dev address. */
  host: string;
};

export const CHOICES_FILE = 'choices.json';

export function keptChoices(ports: DeployPorts): Partial<Choices> {
  const text = ports.kept.read(CHOICES_FILE);
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Partial<Choices>) : {};
  } catch {
    throw new DeployStop(
      `The kept answers (.deploy/${CHOICES_FILE}) cannot be read. Remove the file, and you are asked again.`,
    );
  }
}

/** Asks what is not known yet, and keeps each answer at once. */
export async function choose(ports: DeployPorts, account: string): Promise<Choices> {
  const kept = keptChoices(ports);
  if (kept.account !== undefined && kept.account !== account)
    throw new DeployStop(
      `This folder deploys to the account ${kept.account}, and you are logged in to ${account}. Log in to the first, or remove the folder .deploy to begin anew.`,
    );
  const keep = (more: Partial<Choices>): void => {
    Object.assign(kept, more);
    ports.kept.write(CHOICES_FILE, `${JSON.stringify(kept, null, 2)}\n`);
  };
  keep({ account });
  if (kept.plan === undefined) keep({ plan: await askPlan(ports) });
  if (kept.region === undefined) keep({ region: await askRegion(ports) });
  if (kept.door === undefined) keep({ door: await askDoor(ports) });
  if (kept.host === undefined) keep({ host: kept.door === 'access' ? await askHost(ports) : '' });
  return kept as Choices; // each field was asked for above
}

async function askPlan(ports: DeployPorts): Promise<Choices['plan']> {
  ports.say('What it uses of each plan a day, measured (docs/cost.md):');
  for (const line of ports.costTable()) ports.say(`  ${line}`);
  ports.say(
    'Free carries paper with a few leaders, at the edge of one limit. Live trading needs Workers Paid ($5 a month).',
  );
  const answer = await oneOf(ports, 'Which plan has the account, free or paid?', ['free', 'paid']);
  return answer as Choices['plan'];
}

async function askRegion(ports: DeployPorts): Promise<Region> {
  ports.say(
    'The database and every object are created in one region and never move. Orders leave from there, and the venue',
  );
  ports.say(
    'refuses some countries. By its terms both the country where orders leave and the one where you are must be allowed:',
  );
  ports.say('from a restricted place, live trading is not for you, whatever region you choose.');
  for (const [name, { words }] of Object.entries(REGIONS)) ports.say(`  ${name.padEnd(5)} ${words}`);
  return (await oneOf(ports, 'Which region?', Object.keys(REGIONS))) as Region;
}

async function askDoor(ports: DeployPorts): Promise<Choices['door']> {
  ports.say(
    'You sign in with a password that is made now, or by Cloudflare Access, which needs a name in a zone of your account',
  );
  ports.say('and an Access application that you make by hand first (docs/deploy.md).');
  return (await oneOf(ports, 'Sign in by password or access?', ['password', 'access'])) as Choices['door'];
}

async function askHost(ports: DeployPorts): Promise<string> {
  for (;;) {
    const host = await answered(
      ports,
      'The host name that the Access application guards, such as copy.example.com:',
    );
    if (/^([a-z0-9-]+\.)+[a-z]{2,}$/i.test(host)) return host.toLowerCase();
    ports.say('That is no host name.');
  }
}

async function oneOf(ports: DeployPorts, question: string, words: readonly string[]): Promise<string> {
  for (;;) {
    const answer = (await answered(ports, question)).toLowerCase();
    if (words.includes(answer)) return answer;
    ports.say(`Please type one of: ${words.join(', ')}.`);
  }
}

/** The operator's answer. Ends the deploy where nobody can be asked. */
export async function answered(
  ports: DeployPorts,
  question: string,
  how?: { hidden: boolean },
): Promise<string> {
  const answer = await ports.ask(question, how);
  if (answer === undefined)
    throw new DeployStop(`Nobody is there to answer: ${question} Run this in a terminal.`);
  return answer;
}
