/**
 * A POST whose outcome is unknown: landed and filled, landed and killed, never arrived, arrives later; and the Wallet dying at
 * every step of a live copy. In each case at most one order per intent exists, and only evidence ends the unknown.
 */
import { describe, expect, it } from 'vitest';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import { disagreements, isSettled } from '../world/live-conservation.ts';
import { LiveScene } from '../world/live-scene.ts';
import { rest } from '../world/rest.ts';

const MINUTE_MS = 60_000;
/** Copies may be this old, so that one that never arrived may be sent again once that is proven. */
const PATIENT: Partial<ModeSettings> = { copyAgeMsMax: 180_000 };

/** A copy of 40 shares whose POST meets the fault; then long enough for every proof. */
async function copied(scene: LiveScene, ms = 3 * MINUTE_MS): Promise<void> {
  await scene.copied('BUY', '400');
  await scene.world.advance(ms);
}

/** From the moment of the POST on nothing is for sale. */
function sellOut(scene: LiveScene): void {
  const { world } = scene;
  world.venue.atWalletCall = (name) => {
    if (name === 'POST /order')
      world.exchange.setBook(scene.token, { bids: [['0.40', '100']], asks: [['0.90', '100']] });
  };
}

describe('an order whose answer never came', () => {
  it('that had landed and filled is booked from its trades, and never sent again', async () => {
    const scene = await LiveScene.open({ live: PATIENT });
    scene.fault({ channel: 'order', kind: 'accept-then-drop' });
    await copied(scene);
    expect(scene.orders().map((order) => order.state)).toEqual(['FILLED']);
    expect(scene.posts()).toHaveLength(1);
    expect(disagreements(scene)).toEqual([]);
  });

  it('that had landed and was killed ends CANCELED with nothing booked', async () => {
    const scene = await LiveScene.open({ live: PATIENT });
    scene.fault({ channel: 'order', kind: 'accept-then-drop' });
    sellOut(scene);
    await copied(scene);
    expect(scene.orders().map((order) => [order.state, order.filledShareMicros])).toEqual([['CANCELED', 0n]]);
    expect(scene.posts()).toHaveLength(1);
    expect(disagreements(scene)).toEqual([]);
  });

  it('that never arrived is proven absent, and gives back what it held', async () => {
    const scene = await LiveScene.open();
    scene.world.venue.losesCall = (name) => name === 'POST /order';
    await copied(scene);
    expect(scene.orders().map((order) => order.state)).toEqual(['REJECTED']);
    expect(scene.decisions('LIVE')).toEqual(['EXECUTE LIVE_NEVER_ARRIVED']);
    expect(scene.posts()).toHaveLength(1);
    expect(scene.taken()).toHaveLength(0);
    expect(disagreements(scene)).toEqual([]);
    scene.world.venue.losesCall = undefined;
    await copied(scene);
    expect(scene.orders().map((order) => order.state)).toEqual(['REJECTED', 'FILLED']);
  });

  it('that never arrived is sent once more, byte for byte, while the intent is fresh and only after the proof', async () => {
    const scene = await LiveScene.open({ live: PATIENT });
    const { world } = scene;
    world.venue.losesCall = (name) => name === 'POST /order' && scene.posts().length === 1;
    await copied(scene);
    const posts = world.venue.walletCalls.filter((call) => call.name === 'POST /order');
    expect(posts).toHaveLength(2);
    expect(posts[1]!.body).toBe(posts[0]!.body);
    expect(posts[1]!.atMs - posts[0]!.atMs).toBeGreaterThanOrEqual(30_000);
    expect(scene.orders().map((order) => [order.state, order.submits])).toEqual([['FILLED', 2]]);
    expect(scene.taken()).toHaveLength(1);
    expect(disagreements(scene)).toEqual([]);
  });

  it.each([
    ['before the proof of absence', 20_000, {}],
    ['before the proof, and might be sent again', 20_000, PATIENT],
    ['long after the proof', 90_000, {}],
    ['after it was sent again', 60_000, PATIENT],
  ] as const)('that arrives %s exists once and is booked whole', async (_when, delayMs, live) => {
    const scene = await LiveScene.open({ live });
    scene.fault({ channel: 'order', kind: 'arrive-late', delayMs });
    await copied(scene, 5 * MINUTE_MS);
    expect(scene.taken()).toHaveLength(1);
    expect(scene.held('LIVE')).toBeGreaterThan(0n);
    expect(disagreements(scene)).toEqual([]);
  });

  it('that was taken, but answered by an error, a page, nothing or another order, is booked all the same', async () => {
    for (const kind of [
      'fail-after',
      'html-after',
      'answer-late',
      'empty',
      'wrong-id',
      'duplicate',
    ] as const) {
      const scene = await LiveScene.open({ live: PATIENT });
      scene.fault({ channel: 'order', kind, ...(kind === 'answer-late' ? { delayMs: 8_000 } : {}) });
      await copied(scene);
      expect(scene.taken(), kind).toHaveLength(1);
      expect(scene.held('LIVE'), kind).toBeGreaterThan(0n);
      expect(disagreements(scene), kind).toEqual([]);
    }
  });

  it('that was not taken, but answered by an error or a page, is not rejected at once and never doubled', async () => {
    for (const kind of ['fail-before', 'html'] as const) {
      const scene = await LiveScene.open({ live: PATIENT });
      scene.fault({ channel: 'order', kind });
      await scene.copied('BUY', '400');
      expect(
        scene.orders().map((order) => order.state),
        kind,
      ).toEqual(['UNKNOWN']);
      await scene.world.advance(3 * MINUTE_MS);
      expect(
        scene.orders().map((order) => order.state),
        kind,
      ).toEqual(['FILLED']);
      expect(scene.taken(), kind).toHaveLength(1);
      expect(disagreements(scene), kind).toEqual([]);
    }
  });

  it('keeps its cash reserved as long as it is unknown', async () => {
    const scene = await LiveScene.open({ trader: { cash: '30' } });
    const { world } = scene;
    world.venue.losesCall = (name) => name === 'POST /order';
    await scene.copied('BUY', '400');
    await scene.copied('BUY', '400');
    const spent = scene.orders().reduce((sum, order) => sum + order.makerMicros, 0n);
    expect(scene.orders().length).toBeGreaterThan(0);
    expect(spent).toBeLessThanOrEqual(30_000_000n);
  });

  it('counts against the caps as long as it is unknown', async () => {
    const scene = await LiveScene.open({ live: { totalExposureBpsMax: 250 } });
    scene.world.venue.losesCall = (name) => name === 'POST /order';
    await scene.copied('BUY', '400');
    await scene.copied('BUY', '400');
    const asked = scene.orders().reduce((sum, order) => sum + order.makerMicros, 0n);
    expect(asked).toBeLessThanOrEqual(25_000_000n);
    expect(scene.orders().length).toBeGreaterThan(0);
  });

  it('and that cannot be looked up either is shown with its age, and ends when the venue can be read again', async () => {
    const scene = await LiveScene.open();
    const { world } = scene;
    world.venue.losesCall = (name) => name === 'POST /order' || name.startsWith('GET /data/');
    await copied(scene, 5 * MINUTE_MS);
    expect(scene.orders().map((order) => order.state)).toEqual(['UNKNOWN']);
    expect(world.live.status().healthy).toBe(false);
    world.venue.losesCall = (name) => name === 'POST /order';
    await world.advance(3 * MINUTE_MS);
    expect(scene.orders().map((order) => order.state)).toEqual(['REJECTED']);
    expect(scene.taken()).toHaveLength(0);
    expect(world.live.status().healthy).toBe(true);
  });

  it('is not looked for in the list of open orders: absent there is not cancelled', async () => {
    const scene = await LiveScene.open();
    scene.fault({ channel: 'order', kind: 'accept-then-drop' });
    scene.world.venue.losesCall = (name) => name.startsWith('GET /data/');
    await copied(scene, MINUTE_MS);
    expect(['UNKNOWN', 'FILLED']).toContain(scene.orders()[0]!.state);
    scene.world.venue.losesCall = undefined;
    await scene.world.advance(3 * MINUTE_MS);
    expect(scene.orders().map((order) => order.state)).toEqual(['FILLED']);
    expect(disagreements(scene)).toEqual([]);
  });
});

describe('the live Wallet dying at any step of a copy', () => {
  interface Run {
    readonly scene: LiveScene;
    readonly names: readonly string[];
  }

  async function run(crashAt: number | undefined, live: Partial<ModeSettings>): Promise<Run> {
    const scene = await LiveScene.open({ live, exchangeStepMs: 1_000 });
    const { world } = scene;
    world.homes.watchSteps();
    if (crashAt !== undefined) world.crashAfter(crashAt);
    await scene.copied('BUY', '400');
    await world.advance(15_000);
    const names = world.homes.stepNames.slice();
    await rest(world, () => isSettled(scene));
    return { scene, names };
  }

  it('leaves one order, filled once, at whichever step it dies', async () => {
    const undisturbed = await run(undefined, PATIENT);
    const steps = undisturbed.names.flatMap((name, index) =>
      name.startsWith('wallet LIVE') ? [index + 1] : [],
    );
    expect(undisturbed.scene.orders().map((order) => order.state)).toEqual(['FILLED']);
    expect(steps.length).toBeGreaterThan(10);
    for (const step of steps) {
      const { scene } = await run(step, PATIENT);
      const where = `died at step ${step}: ${undisturbed.names[step - 1]}`;
      expect(scene.taken(), where).toHaveLength(1);
      expect(disagreements(scene), where).toEqual([]);
      expect(
        scene.orders().map((order) => order.state),
        where,
      ).toEqual(['FILLED']);
      expect(scene.held('LIVE'), where).toBe(undisturbed.scene.held('LIVE'));
      expect(scene.decisions('LIVE'), where).toEqual(['EXECUTE']);
    }
  });

  it('leaves books that are the exchange’s through a sale, money, a trade by hand and one that FAILS', async () => {
    const act = async (scene: LiveScene): Promise<void> => {
      const { world } = scene;
      scene.fault({ channel: 'order', kind: 'matched-then-failed' });
      await scene.copied('BUY', '200');
      await scene.copied('BUY', '400');
      world.exchange.deposit(world.funderAddress, '25');
      world.exchange.traderTrade({
        funder: world.funderAddress,
        tokenId: scene.token,
        side: 'BUY',
        shares: '10',
      });
      await world.advance(15_000);
      await scene.copied('SELL', '150');
      await world.advance(60_000);
    };
    const once = async (crashAt: number | undefined): Promise<Run> => {
      const scene = await LiveScene.open({ live: PATIENT, exchangeStepMs: 1_000 });
      const { world } = scene;
      world.homes.watchSteps();
      if (crashAt !== undefined) world.crashAfter(crashAt);
      await act(scene);
      const names = world.homes.stepNames.slice();
      await rest(world, () => isSettled(scene));
      return { scene, names };
    };
    const undisturbed = await once(undefined);
    const steps = undisturbed.names.flatMap((name, index) =>
      name.startsWith('wallet LIVE') ? [index + 1] : [],
    );
    expect(disagreements(undisturbed.scene)).toEqual([]);
    expect(steps.length).toBeGreaterThan(50);
    // Every fifth: all of them would take as long as everything else together.
    for (const step of steps.filter((_step, index) => index % 5 === 0)) {
      const { scene } = await once(step);
      const where = `died at step ${step}: ${undisturbed.names[step - 1]}`;
      expect(disagreements(scene), where).toEqual([]);
      // Which of the two purchases it is that FAILS may differ, and with it what there is to sell.
      expect([2, 3], where).toContain(scene.taken().filter((order) => order.origin === 'api').length);
    }
  });

  it('leaves at most one order when the answer is lost too', async () => {
    const undisturbed = await run(undefined, {});
    const at = undisturbed.names.indexOf('wallet LIVE before POST /order');
    expect(at).toBeGreaterThan(0);
    for (const step of [at + 1, at + 2]) {
      for (const kind of ['accept-then-drop', 'fail-after', 'fail-before', 'arrive-late'] as const) {
        const scene = await LiveScene.open({ live: PATIENT, exchangeStepMs: 1_000 });
        scene.fault({ channel: 'order', kind, ...(kind === 'arrive-late' ? { delayMs: 50_000 } : {}) });
        scene.world.homes.watchSteps();
        scene.world.crashAfter(step);
        await scene.copied('BUY', '400');
        await rest(scene.world, () => isSettled(scene) && scene.taken().length > 0);
        expect(scene.taken(), `${kind} ${step}`).toHaveLength(1);
        expect(disagreements(scene), `${kind} ${step}`).toEqual([]);
      }
    }
  });
});
