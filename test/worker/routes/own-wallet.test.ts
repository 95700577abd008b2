// The operator's own wallet is no leader (A53): the form refuses it, and where it is followed already the Dashboard says so.
import { expect, it } from 'vitest';
import { parseLeaderAddress } from '../../../domain/ids.ts';
import { readControl } from '../../../ledger/write/control-store.ts';
import { LEADER, OTHER_LEADER } from '../../ledger/records.ts';
import { signedIn, textOf } from '../harness.ts';

const own = parseLeaderAddress(OTHER_LEADER)!;

it('the own wallet cannot be followed, with a sentence that says why', async () => {
  const app = await signedIn({ FOLLOW_ON_FIRST_START: `${LEADER}=Slow whale` });
  app.liveStatus = { ownAddresses: [own] };
  app.profile = { kind: 'found', address: own, name: 'me' };
  const response = await app.post('/users/add', { reference: OTHER_LEADER, label: '' });
  expect(response.status).toBe(422);
  expect(await response.text()).toContain('this is your own wallet');
  expect((await readControl(app.env.DB))?.followedUsers).toHaveLength(1);
  app.liveStatus = {};
  expect((await app.post('/users/add', { reference: OTHER_LEADER, label: '' })).status).toBe(303);
});

it('that is followed already is what needs attention', async () => {
  const app = await signedIn({ FOLLOW_ON_FIRST_START: `${OTHER_LEADER}=Myself` });
  expect(await textOf(app, '/')).not.toContain('your own wallet');
  app.liveStatus = { ownAddresses: [own] };
  expect(await textOf(app, '/')).toContain('Myself is your own wallet: nothing of it is copied. Remove it.');
  await app.post('/users/remove', { leaderAddress: OTHER_LEADER });
  expect(await textOf(app, '/')).not.toContain('your own wallet');
});
