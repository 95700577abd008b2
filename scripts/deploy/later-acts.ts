// What is done to an app that was deployed: a look at it, the release before, a new secret, its end.
import { ADDRESS_FILE, address, askReady, needsAddress, TOKENS_FILE } from './app-client.ts';
import { answered, CHOICES_FILE } from './choices.ts';
import { CLASSES_FILE, DATABASE, OURS, ours, PASSWORD_FILE, WORKER } from './ours.ts';
import { type DeployPorts, DeployStop } from './ports.ts';
import { awaitRelease, drain, pauseLive, rollBack } from './release.ts';
import { PASSWORD, secretValue } from './secrets.ts';
import { databaseIds, mustRun, releases } from './wrangler-calls.ts';

export async function status(ports: DeployPorts): Promise<void> {
  const runs = await ours(ports);
  if (runs === undefined)
    throw new DeployStop(`The account has no Worker "${WORKER}": run "npm run deploy".`);
  ports.say(`Release ${runs.versionId} ${runs.message}`.trimEnd());
  needsAddress(ports);
  const answer = await askReady(ports);
  if (answer.kind === 'silent')
    throw new DeployStop(`Address: ${address(ports)}. Not known: ${answer.because}.`);
  const { items, live, outboxDepth, ready } = answer.ready;
  ports.say(`Address: ${address(ports)}`);
  for (const { name, problem } of items)
    ports.say(`  ${problem === null ? 'ready    ' : 'NOT READY'} ${name} ${problem ?? ''}`.trimEnd());
  ports.say(
    `  live trading: ${live ?? 'not known'}; records on their way to D1: ${outboxDepth ?? 'not known'}`,
  );
  if (!ready) throw new DeployStop('Not everything is ready.');
}

export async function goBack(ports: DeployPorts): Promise<void> {
  await ours(ports);
  const [now, ...earlier] = await releases(ports, WORKER);
  const target = earlier.find(({ versionId }) => versionId !== now?.versionId);
  if (now === undefined || target === undefined) throw new DeployStop('There is no release before this one.');
  await pauseLive(ports);
  await drain(ports);
  const why = `${OURS}back from ${now.versionId}`;
  const wrong = await rollBack(ports, { worker: WORKER, versionId: target.versionId, why });
  if (wrong !== undefined)
    throw new DeployStop(`Release ${target.versionId} was put back and does not work: ${wrong}.`);
  ports.say(`Release ${target.versionId} runs again. Live trading is OFF until you switch it on.`);
}

export async function rotate(ports: DeployPorts, name: string): Promise<void> {
  if ((await ours(ports)) === undefined)
    throw new DeployStop('There is no app yet: run "npm run deploy" first.');
  const value = await secretValue(ports, name);
  await pauseLive(ports);
  await drain(ports);
  if (name === PASSWORD) ports.kept.write(PASSWORD_FILE, value);
  await ports.withSecretFile(JSON.stringify({ [name]: value }), (path) =>
    mustRun(ports, 'Sending the secret', ['secret', 'bulk', path, '--name', WORKER]),
  );
  const wrong = await awaitRelease(ports);
  if (wrong !== undefined) throw new DeployStop(`The secret was sent, and the app does not work: ${wrong}.`);
  ports.say(`${name} has its new value. Live trading is OFF until you switch it on again.`);
  if (name === PASSWORD) {
    ports.say(`Password, shown only now: ${value}`);
    ports.kept.remove(PASSWORD_FILE);
  }
  if (name === 'EXPORT_TOKEN') {
    ports.kept.write(name, value);
    ports.say(`It is in .deploy/${name}, which only you can read.`);
  }
}

export async function destroy(ports: DeployPorts): Promise<void> {
  const runs = await ours(ports);
  const [databaseId] = await databaseIds(ports, DATABASE);
  if (runs === undefined && databaseId === undefined) throw new DeployStop('There is nothing to remove.');
  ports.say(
    'This removes the app, its objects and its database: every position, order and record of it. There is no way back.',
  );
  const typed = await answered(ports, `Type ${WORKER} to remove it:`);
  if (typed !== WORKER) throw new DeployStop('Nothing was removed.');
  if (runs !== undefined) {
    await pauseLive(ports);
    await mustRun(ports, 'Removing the Worker', ['delete', '--name', WORKER, '--force']);
  }
  if (databaseId !== undefined)
    await mustRun(ports, 'Removing the database', ['d1', 'delete', DATABASE, '-y']);
  for (const name of [TOKENS_FILE, ADDRESS_FILE, CLASSES_FILE, PASSWORD_FILE, CHOICES_FILE])
    ports.kept.remove(name);
  ports.say('Removed.');
}
