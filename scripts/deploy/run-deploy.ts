// `npm run deploy` except its ports: from an account to a running app, step by step. Each step looks first at what is there, so
// that a run that stopped anywhere is ended by the next.
import { withAccount } from './account.ts';
import { ADDRESS_FILE, address, askReady, keepToken } from './app-client.ts';
import { answered, type Choices, choose, REGIONS } from './choices.ts';
import { deployConfig } from './deploy-config.ts';
import { destroy, goBack, rotate, status } from './later-acts.ts';
import { type DeployAct, HELP, readDeployOptions } from './options.ts';
import { CLASSES_FILE, DATABASE, OURS, ours, PASSWORD_FILE, WORKER } from './ours.ts';
import { type DeployPorts, DeployStop } from './ports.ts';
import { awaitRelease, drain, pauseLive, rollBack } from './release.ts';
import { DEPLOY_TOKEN, missingSecrets } from './secrets.ts';
import {
  type Account,
  appliedMigrations,
  databaseIds,
  mustRun,
  type Release,
  secretNames,
} from './wrangler-calls.ts';

/** Returns the exit code. */
export async function runDeploy(argv: readonly string[], ports: DeployPorts): Promise<number> {
  const read = readDeployOptions(argv);
  if (read.kind === 'help') {
    ports.say(HELP);
    return 0;
  }
  if (read.kind === 'mistake') {
    ports.say(read.sentence);
    return 2;
  }
  try {
    await act(read, await withAccount(ports));
    return 0;
  } catch (error) {
    if (!(error instanceof DeployStop)) throw error;
    ports.say(error.message);
    return 1;
  }
}

function act(read: DeployAct, { ports, account }: { ports: DeployPorts; account: Account }): Promise<void> {
  switch (read.kind) {
    case 'deploy':
      return deploy(ports, account);
    case 'status':
      return status(ports);
    case 'rollback':
      return goBack(ports);
    case 'secret':
      return rotate(ports, read.name);
    case 'destroy':
      return destroy(ports);
  }
}

async function deploy(ports: DeployPorts, account: Account): Promise<void> {
  ports.say(`Account: ${account.name}`);
  const choices = await choose(ports, account.id);
  const before = await ours(ports);
  const config = await prepareDatabase(ports, choices);
  if (before !== undefined && (await isThis(ports, before))) {
    ports.say(
      `Release ${before.versionId} is this checkout, and works. Nothing was changed: ${address(ports)}`,
    );
    return;
  }
  await confirmClasses(ports, before);
  // While its password was never shown, nobody has signed in, so live was never switched on.
  if (before !== undefined && ports.kept.read(PASSWORD_FILE) === undefined) {
    await pauseLive(ports);
    await drain(ports);
  }
  await mustRun(ports, 'The migrations', ['d1', 'migrations', 'apply', 'DB', '--remote', '-c', config]);
  const versionId = await upload(ports, { choices, config, before });
  ports.say('Waiting until every object runs the new release…');
  const wrong = await awaitRelease(ports, versionId);
  if (wrong !== undefined) await giveUp(ports, before, wrong);
  ports.kept.write(CLASSES_FILE, objectClasses(ports));
  sayDone(ports, choices, before);
}

/** Whether the release is this very checkout and works. One with changes that are not committed is never known to be. */
async function isThis(ports: DeployPorts, { versionId, message }: Release): Promise<boolean> {
  const commit = ports.commit();
  if (commit === '' || message !== OURS + commit) return false;
  const answer = await askReady(ports);
  return answer.kind === 'answered' && answer.ready.ready && answer.ready.release === versionId;
}

/** Finds the database or makes it, and writes the configuration. Stops where the database is ahead of this checkout. */
async function prepareDatabase(ports: DeployPorts, choices: Choices): Promise<string> {
  let [id, ...others] = await databaseIds(ports, DATABASE);
  if (id === undefined) {
    const location = REGIONS[choices.region].database;
    await mustRun(ports, 'Making the database', ['d1', 'create', DATABASE, '--location', location]);
    ports.say(`Made the database "${DATABASE}" in ${REGIONS[choices.region].words}.`);
    [id, ...others] = await databaseIds(ports, DATABASE);
  }
  if (id === undefined)
    throw new DeployStop(`Cloudflare made the database "${DATABASE}" and does not list it. Run this again.`);
  if (others.length > 0) throw new DeployStop(`The account has several databases "${DATABASE}".`);
  const config = ports.writeConfig(deployConfig(ports.wranglerToml(), { databaseId: id, choices }));
  const own = ports.migrations();
  const ahead = (await appliedMigrations(ports, config)).filter((name) => !own.includes(name));
  if (ahead.length > 0)
    throw new DeployStop(
      `The database is ahead of this checkout: it has had ${ahead.join(', ')}. Deploy the newer checkout, or roll back by "npm run deploy -- --rollback".`,
    );
  return config;
}

/** A release that adds a class of objects has no way back: Cloudflare refuses a rollback across it. */
async function confirmClasses(ports: DeployPorts, before: Release | undefined): Promise<void> {
  const known = ports.kept.read(CLASSES_FILE);
  if (before === undefined || known === undefined || known === objectClasses(ports)) return;
  ports.say('This release changes the classes of objects: after it there is no way back to the one before.');
  const typed = await answered(ports, 'Go on? Type yes:');
  if (typed.toLowerCase() !== 'yes') throw new DeployStop('Nothing was deployed.');
}

function objectClasses(ports: DeployPorts): string {
  return [...ports.wranglerToml().matchAll(/^(?:new_sqlite|deleted|renamed)_classes = .*$/gm)].join('\n');
}

/** Sends code and secrets as one version; returns its id. */
async function upload(
  ports: DeployPorts,
  { choices, config, before }: { choices: Choices; config: string; before: Release | undefined },
): Promise<string> {
  const present = before === undefined ? [] : await secretNames(ports, WORKER);
  const { values, password } = await missingSecrets(ports, { door: choices.door, present });
  const token = ports.newSecret();
  // Kept before they are sent: a run that stops in between has not lost them.
  keepToken(ports, token);
  if (password !== undefined) ports.kept.write(PASSWORD_FILE, password);
  const answer = await ports.withSecretFile(JSON.stringify({ ...values, [DEPLOY_TOKEN]: token }), (path) => {
    const args = ['deploy', '-c', config, '--minify', '--secrets-file', path];
    return mustRun(ports, 'The deploy', [
      ...args,
      '--message',
      OURS + (ports.commit() || 'a checkout with changes'),
    ]);
  });
  const event = answer.events.find(({ type }) => type === 'deploy');
  const targets = Array.isArray(event?.targets) ? event.targets.filter((one) => typeof one === 'string') : [];
  const found =
    choices.host === '' ? targets.find((one) => one.startsWith('https://')) : `https://${choices.host}`;
  if (typeof event?.version_id !== 'string' || found === undefined)
    throw new DeployStop(
      'wrangler deployed and did not say which version, or where. "--status" shows what runs.',
    );
  ports.kept.write(ADDRESS_FILE, found);
  return event.version_id;
}

/** The new release does not work: the one before comes back, and the deploy ends with the reason. */
async function giveUp(ports: DeployPorts, before: Release | undefined, wrong: string): Promise<never> {
  if (before === undefined)
    throw new DeployStop(
      `The app does not work yet: ${wrong}. Mend that and run this again; live trading is OFF.`,
    );
  ports.say(`The new release does not work: ${wrong}. The one before is put back.`);
  const still = await rollBack(ports, {
    worker: WORKER,
    versionId: before.versionId,
    why: `${OURS}back: the new release did not work`,
  });
  throw new DeployStop(
    still === undefined
      ? 'The release before runs again, with live trading OFF. Nothing was lost.'
      : `The release before was put back and does not work either: ${still}. Live trading is OFF.`,
  );
}

function sayDone(ports: DeployPorts, choices: Choices, before: Release | undefined): void {
  const password = ports.kept.read(PASSWORD_FILE);
  ports.say(`Done: ${address(ports)}`);
  if (password !== undefined) {
    ports.say(`Password, shown only now: ${password}`);
    ports.kept.remove(PASSWORD_FILE);
  }
  if (before !== undefined) {
    ports.say('Live trading is OFF until you switch it on again, SHADOW first.');
    return;
  }
  ports.say('Next: sign in, follow a leader on Users, and look at Status. Paper copies at once.');
  if (choices.plan === 'free') {
    ports.say('Live trading needs Workers Paid.');
    return;
  }
  for (const name of ['POLYMARKET_PRIVATE_KEY', 'POLYMARKET_FUNDER_ADDRESS', 'POLYMARKET_SIGNATURE_TYPE'])
    ports.say(`For live trading: npm run deploy -- --secret ${name}`);
}
