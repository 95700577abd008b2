import { beforeEach, describe, expect, it } from 'vitest';
import { runDeploy } from '../../../scripts/deploy/run-deploy.ts';
import { FakeAccount } from './fake-account.ts';

let account: FakeAccount;
beforeEach(() => {
  account = new FakeAccount();
});

async function run(...argv: string[]): Promise<number> {
  account.said.length = 0;
  account.done.length = 0;
  account.asked.length = 0;
  account.calls = 0;
  return runDeploy(argv, account.ports);
}

const lastLine = (): string => account.said.at(-1) ?? '';
const password = (): string => account.current?.secrets.OPERATOR_PASSWORD ?? 'no password';

const keptToken = () => account.files.get('tokens')?.split('\n')[0];

/** What the operator must have in the end, whatever happened on the way. */
function expectRunning(): void {
  expect(account.databases).toEqual([{ uuid: 'database-1', name: 'polymarketspy', location: 'weur' }]);
  expect(account.applied).toEqual(account.migrations);
  expect(Object.keys(account.current?.secrets ?? {}).sort()).toEqual(
    ['DEPLOY_TOKEN', 'OPERATOR_PASSWORD', 'SESSION_SECRET'].sort(),
  );
  expect(keptToken()).toBe(account.current?.secrets.DEPLOY_TOKEN);
  expect([...account.files.keys()].sort()).toEqual(['address', 'choices.json', 'object-classes', 'tokens']);
  expect(account.secretFilesLeft).toBe(0);
}

describe('the first deploy', () => {
  it('brings an account to a running app: database, migrations, then code with its secrets', async () => {
    expect(await run()).toBe(0);
    expect(account.done).toEqual(['create the database', 'migrate 0000_a.sql 0001_b.sql', 'deploy']);
    expect(account.config).toContain('LOCATION_HINT = "weur"');
    expect(account.said).toContain('Done: https://polymarketspy.ann.workers.dev');
    expectRunning();
  });

  it('prints the password once, and no other secret', async () => {
    await run();
    const all = account.said.join('\n');
    expect(all.split(password()).length - 1).toBe(1);
    const { SESSION_SECRET = '', DEPLOY_TOKEN = '' } = account.current?.secrets ?? {};
    expect(all).not.toContain(SESSION_SECRET);
    expect(all).not.toContain(DEPLOY_TOKEN);
  });

  it('is ended by the next run, whichever call failed and whether or not it had its effect', async () => {
    await run();
    const { calls } = account;
    expect(calls).toBeGreaterThan(8);
    for (let call = 1; call <= calls; call += 1) {
      for (const lost of [false, true]) {
        account = new FakeAccount();
        account.failing = { call, lost };
        const first = await run();
        const shownAtFirst = account.said.join('\n').includes(password());
        account.failing = undefined;
        expect(await run(), `call ${call}, ${lost ? 'lost' : 'failed'}`).toBe(0);
        expectRunning();
        const shown = account.said.join('\n').includes(password());
        expect([shownAtFirst, shown], `call ${call}: the password`).toEqual(
          first === 0 ? [true, false] : [false, true],
        );
      }
    }
  });

  it('asks nothing a second time, and changes nothing where this checkout runs already', async () => {
    await run();
    expect(await run()).toBe(0);
    expect([account.asked, account.done]).toEqual([[], []]);
    expect(lastLine()).toContain('Nothing was changed');
  });

  it('behind Access asks for its three secrets and the host, and leaves no address around it', async () => {
    account.answers = {
      ...account.answers,
      'Sign in by': 'access',
      'The host name': 'copy.example.com',
      ACCESS_TEAM_DOMAIN: 'https://ann.cloudflareaccess.com',
      ACCESS_AUD: 'a'.repeat(64),
      ACCESS_EMAILS: 'ann@example.com',
    };
    // What Access guards is not reached by the fake app, so the deploy ends with what is not known.
    expect(await run()).toBe(1);
    expect(account.config).toContain(
      'workers_dev = false\nroutes = [{ pattern = "copy.example.com", custom_domain = true }]',
    );
    expect(Object.keys(account.current?.secrets ?? {})).not.toContain('OPERATOR_PASSWORD');
  });
});

describe('a later deploy', () => {
  beforeEach(async () => {
    await run();
    account.commit = 'commit-2';
    account.migrations = [...account.migrations, '0002_c.sql'];
    account.live = 'ON';
  });

  it('sets live OFF first, then migrates, then deploys, and keeps every secret but the token', async () => {
    const before = account.current?.secrets;
    expect(await run()).toBe(0);
    expect(account.done).toEqual(['pause', 'migrate 0002_c.sql', 'deploy']);
    expect(account.live).toBe('OFF');
    expect(account.said.join('\n')).toContain('0xflying');
    expect(account.current?.secrets).toEqual({ ...before, DEPLOY_TOKEN: keptToken() });
    expect(keptToken()).not.toBe(before?.DEPLOY_TOKEN);
  });

  it('is put back where the new release does not work, and says so', async () => {
    account.broken = (versionId) => (versionId === 'version-2' ? 'it runs release version-1' : null);
    expect(await run()).toBe(1);
    expect(account.done.slice(-2)).toEqual(['deploy', 'rollback version-1']);
    expect(account.said.join('\n')).toContain('the live Wallet: it runs release version-1');
    expect(lastLine()).toContain('runs again, with live trading OFF');
    expectRunning();
  });

  it('can be run again after any call that failed', async () => {
    await run();
    const { calls } = account;
    for (let call = 1; call <= calls; call += 1) {
      for (const lost of [false, true]) {
        account = new FakeAccount();
        await run();
        account.commit = 'commit-2';
        // Where the answer to the pause is lost, the operator says that live is OFF.
        account.answers = { ...account.answers, 'Switch it OFF': 'off' };
        account.failing = { call, lost };
        await run();
        account.failing = undefined;
        expect(await run(), `call ${call}, ${lost ? 'lost' : 'failed'}`).toBe(0);
        expectRunning();
        expect(account.current?.message).toBe('polymarketspy commit-2');
      }
    }
  });

  it('changes nothing while live may be ON and nobody says that it is OFF', async () => {
    account.obeys = false;
    expect(await run()).toBe(1);
    expect(account.done).toEqual([]);
    expect(account.asked.at(-1)).toContain('Then type off');
    account.answers = { ...account.answers, 'Switch it OFF': 'maybe' };
    expect(await run()).toBe(1);
    expect([account.done, lastLine()]).toEqual([[], 'Nothing was changed: live trading may be ON.']);
  });

  it('waits a minute for the outboxes, and then asks', async () => {
    account.outboxDepth = 7;
    account.answers = { ...account.answers, 'Go on all the same': 'no' };
    expect(await run()).toBe(1);
    expect(account.done).toEqual(['pause']);
    expect(account.said.join('\n')).toContain('has not stored 7 records');
    account.answers = { ...account.answers, 'Go on all the same': 'yes' };
    expect(await run()).toBe(0);
  });

  it('says beforehand that there is no way back from new classes of objects', async () => {
    account.toml += '\n[[migrations]]\ntag = "v2"\nnew_sqlite_classes = ["Another"]\n';
    account.answers = { ...account.answers, 'Go on? Type yes': 'no' };
    expect(await run()).toBe(1);
    expect(account.done).toEqual([]);
    account.answers = { ...account.answers, 'Go on? Type yes': 'yes' };
    expect(await run()).toBe(0);
  });
});

describe('what is refused with one line', () => {
  it('a Worker of this name that this script has not made', async () => {
    account.versions = [{ id: 'theirs', message: 'my blog', secrets: {} }];
    account.deployments = [{ id: 'theirs', message: '' }];
    expect(await run()).toBe(1);
    expect([account.done, lastLine()]).toEqual([[], expect.stringContaining('has not made')]);
  });

  it('a database that is ahead of this checkout', async () => {
    await run();
    account.commit = 'commit-0';
    account.migrations = ['0000_a.sql'];
    expect(await run()).toBe(1);
    expect([account.done, lastLine()]).toEqual([[], expect.stringContaining('0001_b.sql')]);
  });

  it('several accounts where nobody can be asked', async () => {
    account.accounts = [...account.accounts, { id: 'account-2', name: 'Ben' }];
    expect(await run()).toBe(1);
    expect(lastLine()).toContain('CLOUDFLARE_ACCOUNT_ID');
  });

  it('another account than that of this folder', async () => {
    await run();
    account.accounts = [{ id: 'account-2', name: 'Ben' }];
    expect(await run()).toBe(1);
    expect(lastLine()).toContain('This folder deploys to the account account-1');
  });

  it('nobody logged in: the browser opens, and the deploy goes on or says that the login was not completed', async () => {
    account.isLoggedIn = false;
    account.logsIn = false;
    expect(await run()).toBe(1);
    expect(lastLine()).toBe('The login was not completed. Run this again.');
    account.logsIn = true;
    expect(await run()).toBe(0);
    expectRunning();
  });

  it('a network that is gone: it is not taken for a missing login', async () => {
    account.failing = { call: 1, lost: false };
    expect(await run()).toBe(1);
    expect(account.said).toEqual(['Asking Cloudflare who is logged in failed: fetch failed']);
  });

  it('no account, and an unknown option', async () => {
    account.accounts = [];
    expect(await run()).toBe(1);
    expect(lastLine()).toBe('This login has no account at Cloudflare.');
    expect(await run('--fast')).toBe(2);
  });
});

describe('--rollback', () => {
  it('puts the release before back with live OFF, and a deploy after it goes on', async () => {
    await run();
    account.commit = 'commit-2';
    await run();
    expect(await run('--rollback')).toBe(0);
    expect(account.done).toEqual(['pause', 'rollback version-1']);
    expect(await run()).toBe(0);
    expectRunning();
  });

  it('has nothing to put back after the first deploy', async () => {
    await run();
    expect(await run('--rollback')).toBe(1);
    expect([account.done, lastLine()]).toEqual([[], 'There is no release before this one.']);
  });
});

describe('--secret', () => {
  beforeEach(() => run());

  it('gives the password a new value with live OFF, and shows it once', async () => {
    const before = password();
    expect(await run('--secret', 'OPERATOR_PASSWORD')).toBe(0);
    expect(account.done).toEqual(['pause', 'secret OPERATOR_PASSWORD']);
    expect(password()).not.toBe(before);
    expect(account.said.join('\n').split(password()).length - 1).toBe(1);
    expect(account.files.has('password')).toBe(false);
  });

  it('asks for a key without showing it, and refuses what is none before anything is sent', async () => {
    const key = 'b'.repeat(64);
    account.answers = { ...account.answers, POLYMARKET_PRIVATE_KEY: key };
    expect(await run('--secret', 'POLYMARKET_PRIVATE_KEY')).toBe(0);
    expect(account.current?.secrets.POLYMARKET_PRIVATE_KEY).toBe(key);
    expect(account.said.join('\n')).not.toContain(key);
    expect(await run('--secret', 'PASSWORD')).toBe(1);
    expect([account.done, lastLine()]).toEqual([[], expect.stringContaining('no secret "PASSWORD"')]);
  });
});

describe('--status and --destroy', () => {
  it('says what runs and what is wrong, and changes nothing', async () => {
    await run();
    expect(await run('--status')).toBe(0);
    expect(account.said).toContain('  ready     the live Wallet');
    account.broken = () => 'no answer';
    expect(await run('--status')).toBe(1);
    expect(account.said).toContain('  NOT READY the live Wallet no answer');
    expect(account.done).toEqual([]);
  });

  it('removes nothing without the typed name, and then everything, with live OFF first', async () => {
    await run();
    account.answers = { 'Type polymarketspy': 'yes' };
    expect(await run('--destroy')).toBe(1);
    expect(account.done).toEqual([]);
    account.answers = { 'Type polymarketspy': 'polymarketspy' };
    expect(await run('--destroy')).toBe(0);
    expect(account.done).toEqual(['pause', 'delete the Worker', 'delete the database']);
    expect(account.files.size).toBe(0);
  });
});
