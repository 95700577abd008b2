// The paper switch pressed in two tabs at once, in every order of their calls.
import { describe } from 'vitest';
import { PAPER, testEveryPair } from './switch-orders.ts';

describe('the paper switch', () => testEveryPair(PAPER));
