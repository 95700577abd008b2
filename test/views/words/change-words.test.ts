import { describe, expect, it } from 'vitest';
import { changeInWords, valueInWords } from '../../../views/words/change-words.ts';

describe('a change in words', () => {
  it('says a value in the units of a person', () => {
    expect(valueInWords('copyRateBps', '250')).toBe('2.5 %');
  });

  it('says for a leader without own settings that they follow those for all', () => {
    expect(valueInWords('copyRateBps', '', true)).toBe('as for all');
  });

  it('names the settings of one leader, by wallet', () => {
    const stored = JSON.stringify({ PAPER: { copyRateBps: 250 }, LIVE: {} });
    expect(valueInWords('overrides', stored)).toMatch(/^paper: \S/);
    expect(valueInWords('overrides', stored)).not.toContain('{');
    expect(valueInWords('overrides', '{"PAPER":{},"LIVE":{}}')).toBe('none');
  });

  it('shows what it cannot read unchanged', () => {
    expect(valueInWords('overrides', 'not { JSON')).toBe('not { JSON');
    expect(valueInWords('overrides', '[1]')).toBe('[1]');
    expect(valueInWords('overrides', '{"PAPER":null}')).toBe('none');
  });

  it('names the leader whose change it was', () => {
    const row = {
      action: 'pause',
      subject: '0xabc',
      field: 'paperEnabled',
      oldValue: 'true',
      newValue: 'false',
    };
    expect(changeInWords([row], () => 'quickfinch')).toEqual({
      sentence: 'Paused quickfinch',
      fields: [{ label: 'Copied on paper', before: 'Yes', after: 'No' }],
    });
  });

  it.each([
    ['Sold by hand, on paper, from quickfinch', 'closePosition PAPER', '0xabc'],
    ['Closed a position of quickfinch', 'closePosition', '0xabc'],
    ['Kept shares that an exit of quickfinch owed, on live', 'keepExit LIVE', '0xabc'],
    ['Tried an owed exit of quickfinch again, on paper', 'tryExitAgain PAPER', '0xabc'],
    ['Confirmed held sales on live', 'confirmExits', 'LIVE'],
  ])('says "%s"', (sentence, action, subject) => {
    const row = { action, subject, field: 'x', oldValue: '', newValue: 'accepted' };
    expect(changeInWords([row], () => 'quickfinch').sentence).toBe(sentence);
  });
});
