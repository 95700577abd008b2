// The live override of one leader set in two tabs at once, in every order of their calls.
import { describe } from 'vitest';
import { OVERRIDE, testEveryPair } from './switch-orders.ts';

describe('the override of a leader', () => testEveryPair(OVERRIDE));
