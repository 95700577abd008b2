// Parses the arguments of `npm run deploy --`. A mistake is returned as one sentence.

export const HELP = `npm run deploy -- [options]

Brings this checkout to your Cloudflare account: a database, the secrets, the app, and a look whether it works. Running it again
updates the app, or goes on where it stopped. It asks what it cannot know.

  --status        shows what runs, and changes nothing
  --rollback      puts the release before this one back, with live trading OFF
  --secret NAME   gives one secret a new value, with live trading OFF meanwhile
  --destroy       removes the app and its database, after you have typed its name
  --help          this text

Login: "npx wrangler login", or CLOUDFLARE_API_TOKEN in the environment. CLOUDFLARE_ACCOUNT_ID names one of several accounts.
Behind Cloudflare Access the script needs a service token: CF_ACCESS_CLIENT_ID and CF_ACCESS_CLIENT_SECRET.
Exit code: 0 done, 1 stopped with the reason, 2 a mistake in the command.`;

export type DeployAct =
  | { kind: 'deploy' }
  | { kind: 'status' }
  | { kind: 'rollback' }
  | { kind: 'destroy' }
  | { kind: 'secret'; name: string };

export type ReadDeployOptions = DeployAct | { kind: 'help' } | { kind: 'mistake'; sentence: string };

/** What is to be done; at most one act at a time. */
export function readDeployOptions(argv: readonly string[]): ReadDeployOptions {
  const [word, name, ...rest] = argv;
  if (word === undefined) return { kind: 'deploy' };
  if (word === '--help' || word === '-h') return { kind: 'help' };
  if (word === '--secret') {
    if (name === undefined || name.startsWith('-')) return mistake('--secret needs the name of a secret.');
    return rest.length > 0 ? mistake('One thing at a time.') : { kind: 'secret', name };
  }
  if (name !== undefined) return mistake('One thing at a time; npm run deploy -- --help lists them.');
  if (word === '--status') return { kind: 'status' };
  if (word === '--rollback') return { kind: 'rollback' };
  if (word === '--destroy') return { kind: 'destroy' };
  return mistake(`Unknown option "${word}"; npm run deploy -- --help lists them.`);
}

function mistake(sentence: string): ReadDeployOptions {
  return { kind: 'mistake', sentence };
}
