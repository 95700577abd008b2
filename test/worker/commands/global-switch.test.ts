// The global live switch pressed in two tabs at once, in every order of their calls.
import { describe } from 'vitest';
import { GLOBAL, testEveryPair } from './switch-orders.ts';

describe('the global switch', () => testEveryPair(GLOBAL));
