// Entries stopped and allowed in two tabs at once, in every order of their calls (A61).
import { describe } from 'vitest';
import { ENTRIES, testEveryPair } from './switch-orders.ts';

describe('the switch for entries', () => testEveryPair(ENTRIES));
