// What is ours in the account, by name, and what this machine keeps about it.
import { type DeployPorts, DeployStop } from './ports.ts';
import { type Release, releases } from './wrangler-calls.ts';

export const WORKER = 'polymarketspy';
export const DATABASE = 'polymarketspy';
/** Every release of ours says so; another Worker of this name is not overwritten. */
export const OURS = 'polymarketspy ';
/** A new password until it was shown. */
export const PASSWORD_FILE = 'password';
/** The classes of objects in the release that was deployed last. */
export const CLASSES_FILE = 'object-classes';

/** What runs under our name. Stops where it is not ours. */
export async function ours(ports: DeployPorts): Promise<Release | undefined> {
  const all = await releases(ports, WORKER);
  if (all.length > 0 && !all.some(({ message }) => message.startsWith(OURS)))
    throw new DeployStop(
      `The account has a Worker "${WORKER}" that this script has not made. Rename or remove it, or use another account.`,
    );
  return all[0];
}
