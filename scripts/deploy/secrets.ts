// The secrets of the app: which it needs, which are made, and which the operator types. No value is printed but a new password.
import type { Choices } from './choices.ts';
import { answered } from './choices.ts';
import { type DeployPorts, DeployStop } from './ports.ts';

export const PASSWORD = 'OPERATOR_PASSWORD';
export const DEPLOY_TOKEN = 'DEPLOY_TOKEN';
/** A longer password than the app itself asks for: it is made, not remembered. */
const CHARS_MIN: Readonly<Record<string, number>> = {
  OPERATOR_PASSWORD: 20,
  SESSION_SECRET: 32,
  DEPLOY_TOKEN: 32,
  EXPORT_TOKEN: 16,
};
const MADE = ['OPERATOR_PASSWORD', 'SESSION_SECRET', 'EXPORT_TOKEN'];
/** Where a relay for orders listens, and what it asks for (docs/deploy.md). */
const RELAY = {
  POLYMARKET_ORDER_URL: { shape: /^https:\/\/[^\s/]+\/?$/, words: 'the https address of your relay' },
  POLYMARKET_RELAY_TOKEN: { shape: /^\S{32,}$/, words: 'its RELAY_TOKEN, 32 characters at least' },
};
/** Shape of what is typed, so that a mistake is named before anything is sent. */
const SHAPES: Readonly<Record<string, { shape: RegExp; words: string }>> = {
  ACCESS_TEAM_DOMAIN: {
    shape: /^https:\/\/[a-z0-9-]+\.cloudflareaccess\.com$/,
    words: 'https://TEAM.cloudflareaccess.com',
  },
  ACCESS_AUD: { shape: /^[0-9a-f]{64}$/, words: 'the tag of the Access application, 64 hexadecimal digits' },
  ACCESS_EMAILS: {
    shape: /^[^\s,@]+@[^\s,@]+(,[^\s,@]+@[^\s,@]+)*$/,
    words: 'e-mail addresses with commas between',
  },
  POLYMARKET_PRIVATE_KEY: {
    shape: /^(0x)?[0-9a-fA-F]{64}$/,
    words: 'a private key of 64 hexadecimal digits',
  },
  POLYMARKET_FUNDER_ADDRESS: {
    shape: /^0x[0-9a-fA-F]{40}$/,
    words: 'the address that holds the funds, 0x and 40 hexadecimal digits',
  },
  ...RELAY,
  POLYMARKET_SIGNATURE_TYPE: { shape: /^[0-3]$/, words: '0 EOA, 1 proxy wallet, 2 Safe, 3 deposit wallet' },
};
export const SECRET_NAMES: readonly string[] = [...MADE, ...Object.keys(SHAPES)];

export type NewSecrets = {
  values: Record<string, string>;
  /** To be shown once. */
  password: string | undefined;
};

/** The secrets that this release needs and the Worker does not have; one that is there keeps its value. */
export async function missingSecrets(
  ports: DeployPorts,
  { door, present }: { door: Choices['door']; present: readonly string[] },
): Promise<NewSecrets> {
  const needed =
    door === 'password'
      ? [PASSWORD, 'SESSION_SECRET']
      : ['ACCESS_TEAM_DOMAIN', 'ACCESS_AUD', 'ACCESS_EMAILS'];
  const values: Record<string, string> = {};
  for (const name of needed) if (!present.includes(name)) values[name] = await secretValue(ports, name);
  return { values, password: values[PASSWORD] };
}

/** A new value for one secret: made, or typed without being shown. */
export async function secretValue(ports: DeployPorts, name: string): Promise<string> {
  if (!SECRET_NAMES.includes(name))
    throw new DeployStop(`The app has no secret "${name}". It has: ${SECRET_NAMES.join(', ')}.`);
  if (MADE.includes(name)) {
    const made = ports.newSecret();
    if (made.length < (CHARS_MIN[name] ?? 0)) throw new Error(`a made ${name} is too short`);
    return made;
  }
  const { shape, words } = SHAPES[name] ?? { shape: /./, words: '' };
  for (;;) {
    const typed = await answered(ports, `${name} (${words}; what you type is not shown):`, { hidden: true });
    if (shape.test(typed)) return typed;
    ports.say(`That is not ${words}.`);
  }
}
