// Shows the parts of `npm start` that need no running Worker: the state folder and its lock, the addresses, the
// reading of recordings, the refusals, and that ending a process group leaves no process behind.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endGroups, isErrorLine, lastErrorLines } from '../../scripts/start/children.ts';
import { liveKeys, PRACTICE_TRADER, withoutKey } from '../../scripts/start/live-keys.ts';
import { portIsFree } from '../../scripts/start/port.ts';
import { firstLeaders, followList, readRecording } from '../../scripts/start/practice-exchange.ts';
import { runStart } from '../../scripts/start/run-start.ts';
import {
  leftGroups,
  openStateFolder,
  readOrMakeSecrets,
  releaseLock,
  takeLock,
  wipeState,
  writeAppEnvironment,
} from '../../scripts/start/state-folder.ts';
import { venueAddresses } from '../../scripts/start/venue-addresses.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'start-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const practice = () => openStateFolder(join(dir, 'state'), { venue: 'practice' });

describe('the state folder', () => {
  it('makes the secrets once and keeps them from other users', () => {
    const folder = practice();
    const secrets = readOrMakeSecrets(folder);
    expect(secrets.operatorPassword).toMatch(/^[\w-]{12}$/);
    expect(readOrMakeSecrets(folder)).toEqual(secrets);
    expect(statSync(folder.secrets).mode & 0o077).toBe(0);
  });

  it('hands the variables over in a file that only its owner reads, also when an open one lay there', () => {
    const folder = practice();
    writeFileSync(folder.appEnvironment, '', { mode: 0o644 });
    writeAppEnvironment(folder, { NAME: 'a # "b" $c' });
    expect(readFileSync(folder.appEnvironment, 'utf8')).toBe(`NAME='a # "b" $c'\n`);
    expect(statSync(folder.appEnvironment).mode & 0o077).toBe(0);
  });

  it('refuses a variable that would break out of its line', () => {
    expect(() => writeAppEnvironment(practice(), { NAME: "a'\nOTHER='b" })).toThrow('NAME');
  });

  it('keeps what was copied from the real venue apart from practice', () => {
    expect(practice().app).not.toBe(openStateFolder(join(dir, 'state'), { venue: 'polymarket' }).app);
  });

  it('wipes both databases on a reset and keeps the password', () => {
    const folder = practice();
    const secrets = readOrMakeSecrets(folder);
    for (const path of [folder.app, folder.exchange]) mkdirSync(path);
    wipeState(folder);
    expect([existsSync(folder.app), existsSync(folder.exchange)]).toEqual([false, false]);
    expect(readOrMakeSecrets(folder)).toEqual(secrets);
  });
});

describe('the lock', () => {
  it('is held by one living instance and named to the next', async () => {
    const folder = practice();
    const other = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 600_000)', 'start.mjs']);
    try {
      writeFileSync(folder.lock, JSON.stringify({ pid: other.pid, port: 9000, groups: [] }));
      expect(takeLock(folder, { port: 8787 }).holder).toMatchObject({ pid: other.pid, port: 9000 });
    } finally {
      const gone = new Promise((resolve) => other.once('exit', resolve));
      other.kill('SIGKILL');
      await gone;
    }
    expect(takeLock(folder, { port: 8787 }).holder).toBeUndefined();
  });

  it('is taken over from a killed instance, whose groups on this folder are reported', async () => {
    const folder = practice();
    const left = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 600_000)', folder.app], {
      detached: true,
    });
    const stranger = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 600_000)'], { detached: true });
    const groups = [left.pid ?? 0, stranger.pid ?? 0];
    try {
      writeFileSync(folder.lock, JSON.stringify({ pid: 2 ** 30, port: 9000, groups }));
      const taken = takeLock(folder, { port: 8787 });
      expect(taken.holder).toBeUndefined();
      expect(leftGroups(folder, taken.left)).toEqual([left.pid]);
    } finally {
      await endGroups(groups);
    }
    releaseLock(folder);
    expect(existsSync(folder.lock)).toBe(false);
  });
});

describe('endGroups', () => {
  it('ends a child together with what that child started', async () => {
    const script = `require('node:child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 600_000)', ${JSON.stringify(dir)}]);
      console.log('up'); setTimeout(() => {}, 600_000);`;
    const child = spawn(process.execPath, ['-e', script], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await endGroups([child.pid ?? 0]);
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(dir);
  });
});

describe('the lines shown of a dead child', () => {
  it('begin at its last error', () => {
    const lines = ['starting', '✘ [ERROR] first', 'more', '', '✘ [ERROR] Could not resolve "x"', '  at y.ts'];
    expect(lastErrorLines(lines)).toEqual(['✘ [ERROR] Could not resolve "x"', '  at y.ts']);
  });

  it('are its last lines when none is an error', () => {
    expect(lastErrorLines(['a', 'b', 'c'], 2)).toEqual(['b', 'c']);
  });

  it.each([
    ['✘ [ERROR] nope', true],
    ['{"level":"error","message":"x"}', true],
    ['TypeError: x is not a function', true],
    ['GET / 200 OK', false],
    ['{"level":"info","message":"Error budget"}', false],
  ])('reads %j as an error: %j', (line, expected) => {
    expect(isErrorLine(line)).toBe(expected);
  });
});

describe('venueAddresses', () => {
  it('points everything at the practice exchange', () => {
    expect(venueAddresses({ exchangePort: 8788, environment: {} })).toEqual({
      POLYMARKET_CLOB_URL: 'http://127.0.0.1:8788',
      POLYMARKET_ORDER_URL: 'http://127.0.0.1:8788',
      POLYMARKET_CLOB_WS_URL: 'ws://127.0.0.1:8788',
      POLYMARKET_RTDS_URL: 'ws://127.0.0.1:8788/rtds',
      POLYMARKET_DATA_URL: 'http://127.0.0.1:8788',
      POLYMARKET_GAMMA_URL: 'http://127.0.0.1:8788',
      POLYMARKET_GEOBLOCK_URL: 'http://127.0.0.1:8788/api/geoblock',
    });
  });

  it('lets the environment win over both, and otherwise leaves the public addresses alone', () => {
    const environment = { POLYMARKET_DATA_URL: 'https://127.0.0.1:1/x' };
    expect(venueAddresses({ exchangePort: 8788, environment }).POLYMARKET_DATA_URL).toBe(
      'https://127.0.0.1:1/x',
    );
    expect(venueAddresses({ exchangePort: undefined, environment })).toEqual(environment);
  });

  it('refuses an address of the wrong kind by name', () => {
    const environment = { POLYMARKET_RTDS_URL: 'https://127.0.0.1' };
    expect(() => venueAddresses({ exchangePort: undefined, environment })).toThrow('POLYMARKET_RTDS_URL');
  });
});

describe('liveKeys', () => {
  const own = {
    POLYMARKET_PRIVATE_KEY: `0x${'7'.repeat(64)}`,
    POLYMARKET_FUNDER_ADDRESS: `0x${'8'.repeat(40)}`,
    POLYMARKET_SIGNATURE_TYPE: '2',
  };

  it('never lets a real key meet the practice exchange', () => {
    expect(liveKeys({ venue: 'practice', live: false, environment: own })).toEqual({});
    expect(liveKeys({ venue: 'practice', live: true, environment: own })).toEqual({
      ...PRACTICE_TRADER,
      LIVE_ON_FIRST_START: 'SHADOW',
    });
  });

  it('takes the operator’s own for the real venue, and switches nothing on', () => {
    expect(liveKeys({ venue: 'polymarket', live: false, environment: own })).toEqual(own);
    expect(liveKeys({ venue: 'polymarket', live: false, environment: {} })).toEqual({});
  });

  it('keeps the key from every other process', () => {
    expect(withoutKey({ ...own, PATH: '/bin' })).not.toHaveProperty('POLYMARKET_PRIVATE_KEY');
  });
});

describe('what the exchange says', () => {
  it('gives its first three leaders, in lower case', () => {
    const address = (digit: string) => `0x${digit.repeat(40)}`;
    const leaders = ['A', 'b', 'c', 'd'].map((digit) => ({ address: address(digit), name: `n,${digit}=` }));
    const first = firstLeaders({ leaders });
    expect(followList(first)).toBe(`${address('a')}=n A,${address('b')}=n b,${address('c')}=n c`);
  });

  it.each([[undefined], [{}], [{ leaders: 'no' }], [{ leaders: [{ address: 'x' }] }]])(
    'reads no leader from %j',
    (status) => {
      expect(firstLeaders(status)).toEqual([]);
    },
  );
});

describe('readRecording', () => {
  it('reads plain and packed text alike', () => {
    writeFileSync(join(dir, 'a.csv'), 'x,y\n');
    writeFileSync(join(dir, 'a.csv.gz'), gzipSync('x,y\n'));
    expect(readRecording(join(dir, 'a.csv'))).toBe('x,y\n');
    expect(readRecording(join(dir, 'a.csv.gz'))).toBe('x,y\n');
  });

  it('names a file that is not what its name says', () => {
    writeFileSync(join(dir, 'b.csv.gz'), 'not packed');
    expect(() => readRecording(join(dir, 'b.csv.gz'))).toThrow('b.csv.gz cannot be read');
  });
});

describe('runStart', () => {
  const start = async (root: string, ...argv: string[]) => {
    const said: string[] = [];
    const complained: string[] = [];
    const code = await runStart({
      root,
      argv,
      environment: { INIT_CWD: dir },
      say: (line) => said.push(line),
      complain: (line) => complained.push(line),
    });
    return { code, said, complained };
  };

  it('says in one line that the packages are missing', async () => {
    expect(await start(dir)).toEqual({
      code: 1,
      said: [],
      complained: ['wrangler is not installed here: run "npm ci" first.'],
    });
  });

  it('says in one line that a port is in use, starts nothing and gives the lock back', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
    expect(await portIsFree(port)).toBe(false);
    const root = new URL('../..', import.meta.url).pathname;
    const { code, said, complained } = await start(root, '--port', String(port), '--state', 'state');
    await new Promise((resolve) => server.close(resolve));
    expect({ code, said }).toEqual({ code: 1, said: [] });
    expect(complained).toEqual([`Port ${port} is in use: end what uses it, or start with -- --port N.`]);
    expect(existsSync(join(dir, 'state/lock.json'))).toBe(false);
  });

  it('shows the help and starts nothing', async () => {
    const { code, said } = await start(dir, '--help');
    expect(code).toBe(0);
    expect(said.join('\n')).toContain('--venue polymarket');
  });
});
