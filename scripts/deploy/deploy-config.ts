// wrangler's configuration for one account: that of the repository with the database's id, the region and the address put in.
import type { Choices } from './choices.ts';

const NO_DATABASE = '00000000-0000-0000-0000-000000000000';

/** Throws when the repository's configuration lacks a line that must be changed: a bug of ours, and nothing is deployed. */
export function deployConfig(
  toml: string,
  { databaseId, choices }: { databaseId: string; choices: Pick<Choices, 'region' | 'host'> },
): string {
  const { region, host } = choices;
  let text = put(toml, NO_DATABASE, databaseId);
  text = put(text, '[vars]\n', `[vars]\nLOCATION_HINT = "${region}"\n`);
  // An address at workers.dev would be a way around Access.
  if (host !== '')
    text = put(
      text,
      'workers_dev = true\n',
      `workers_dev = false\nroutes = [{ pattern = "${host}", custom_domain = true }]\n`,
    );
  return `# Made by "npm run deploy" for one account; the repository ignores it.\n${text}`;
}

function put(text: string, what: string, instead: string): string {
  if (text.split(what).length !== 2) throw new Error(`wrangler.toml must have "${what.trim()}" exactly once`);
  return text.replace(what, () => instead);
}
