/** The paper switch as a command: OFF holds against an ON that was asked for before it or saved before a later document. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Control } from '../../../../domain/settings/control.ts';
import { PaperSwitch } from '../../../../durable-objects/wallet/paper/paper-switch.ts';
import { WalletSwitches } from '../../../../durable-objects/wallet/switches.ts';
import { MemoryPorts, START_MS } from '../../memory-ports.ts';
import { exampleControl, walletStores } from '../stores.ts';

let ports: MemoryPorts;
let control: Control | undefined;
let pausesEnded: number;
/** The states in which the rest of the Wallet had to obey the switch. */
let obeyed: string[];

beforeEach(() => {
  ports = new MemoryPorts();
  control = undefined;
  pausesEnded = 0;
  obeyed = [];
});

/** The switch as the next instance of the Wallet finds it. */
function open(): { readonly paper: PaperSwitch; readonly state: () => string } {
  const { kv } = walletStores('PAPER', ports);
  const switches = new WalletSwitches('PAPER', kv, () => control, ports.nowMs);
  const end = () => {
    pausesEnded += 1;
  };
  const settings = { control: () => control };
  return {
    paper: new PaperSwitch(
      ports.nowMs,
      kv,
      switches,
      settings,
      { end },
      () => void obeyed.push(switches.state()),
    ),
    state: () => switches.state(),
  };
}

describe('the paper switch', () => {
  it.each([
    [-1, 'OFF', 0],
    [0, 'OFF', 0],
    [1, 'ON', 1],
  ])('an ON asked for %d ms after an OFF leaves it %s', (laterMs, state, ended) => {
    open().paper.set('OFF', START_MS - 2);
    const { paper, state: held } = open();
    const answer = paper.set('ON', START_MS + laterMs, 5);
    expect(answer).toEqual(
      state === 'ON'
        ? { kind: 'done', state: 'ON', inFlightOrderIds: [], cancelingOrderIds: [] }
        : { kind: 'refused', reason: 'OFF was pressed after this was asked for', held: 'OFF' },
    );
    expect([held(), open().state(), pausesEnded]).toEqual([state, state, ended]);
  });

  it.each([
    [4, 'refused'],
    [5, 'done'],
    [6, 'done'],
  ])('an ON saved as version %s is %s by a document of version 5 that says OFF', (version, kind) => {
    control = exampleControl({ version: 5, paperTrading: 'OFF' });
    expect(open().paper.set('ON', START_MS, version).kind).toBe(kind);
  });

  it('refuses an ON that was saved before the newest one answered, even where that one was refused', () => {
    const { paper, state } = open();
    paper.set('OFF');
    expect(paper.set('ON', START_MS - 1, 7).kind).toBe('refused');
    expect(paper.set('ON', START_MS + 1, 6)).toEqual({
      kind: 'refused',
      reason: 'meanwhile paper trading was set by another command',
      held: 'OFF',
    });
    expect(paper.set('ON', START_MS + 1, 7).kind).toBe('done');
    expect(state()).toBe('ON');
  });

  it('says what is held when it refuses', () => {
    const { paper } = open();
    paper.set('ON', START_MS, 3);
    expect(paper.set('ON', START_MS, 2)).toMatchObject({ kind: 'refused', held: 'ON' });
  });
});

it('has the rest of the Wallet obey in the turn of the command, and not where the command is refused', () => {
  const { paper } = open();
  paper.set('ON');
  paper.set('OFF');
  paper.set('ON', START_MS - 1);
  expect(obeyed).toEqual(['ON', 'OFF']);
});
