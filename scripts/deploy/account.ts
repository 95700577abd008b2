// Who is logged in to Cloudflare, and in which of their accounts everything happens.
import { answered } from './choices.ts';
import { type DeployPorts, DeployStop } from './ports.ts';
import { type Account, accounts, mustRun } from './wrangler-calls.ts';

/** The account, and ports whose wrangler works in it. */
export async function withAccount(ports: DeployPorts): Promise<{ ports: DeployPorts; account: Account }> {
  const all = (await accounts(ports)) ?? (await loggedIn(ports));
  const wanted = ports.environment.CLOUDFLARE_ACCOUNT_ID;
  const found = all.find(({ id }) => id === wanted);
  if (wanted !== undefined && found === undefined)
    throw new DeployStop(`You have no access to the account ${wanted} that CLOUDFLARE_ACCOUNT_ID names.`);
  const account = found ?? (all.length > 1 ? await whichOf(ports, all) : all[0]);
  if (account === undefined) throw new DeployStop('This login has no account at Cloudflare.');
  const wrangler: DeployPorts['wrangler'] = (args, environment) =>
    ports.wrangler(args, { CLOUDFLARE_ACCOUNT_ID: account.id, ...environment });
  return { ports: { ...ports, wrangler }, account };
}

/** The accounts after a login in the browser. */
async function loggedIn(ports: DeployPorts): Promise<readonly Account[]> {
  if (ports.environment.CLOUDFLARE_API_TOKEN !== undefined)
    throw new DeployStop('Cloudflare does not take the token in CLOUDFLARE_API_TOKEN.');
  ports.say('You are not logged in to Cloudflare: a browser opens for that.');
  await mustRun(ports, 'The login', ['login']);
  const all = await accounts(ports);
  if (all === undefined) throw new DeployStop('The login was not completed. Run this again.');
  return all;
}

async function whichOf(ports: DeployPorts, all: readonly Account[]): Promise<Account | undefined> {
  all.forEach(({ name }, index) => ports.say(`  ${index + 1}  ${name}`));
  for (;;) {
    const typed = await answered(
      ports,
      'Which account? Type its number (CLOUDFLARE_ACCOUNT_ID answers this, too):',
    );
    const chosen = all[Number(typed) - 1];
    if (chosen !== undefined) return chosen;
  }
}
