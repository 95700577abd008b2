/** The page Config as a browser without a script uses it: what its forms hold, read from the page. */
import { LEADER } from '../../ledger/records.ts';
import { type Harness, signedIn } from '../harness.ts';

export async function withLeader(): Promise<Harness> {
  const app = await signedIn({ FOLLOW_ON_FIRST_START: `${LEADER}=Slow whale` });
  await app.get('/');
  app.calls.length = 0;
  return app;
}

/** What the settings form holds when nothing was changed. */
export async function settingsForm(app: Harness, path = '/config'): Promise<Record<string, string>> {
  return formOf(await (await app.get(path)).text(), '/config/settings', 'id="settings"');
}

/** The fields of the form with this action (and this text in its tag), as they would be sent. */
export function formOf(html: string, action: string, mark = ''): Record<string, string> {
  const form = [...html.matchAll(/<form[^>]*>.*?<\/form>/gs)].map(([text]) => text);
  const [found = ''] = form.filter((text) => {
    const tag = text.slice(0, text.indexOf('>'));
    return tag.includes(` action="${action}"`) && tag.includes(mark);
  });
  const fields: Record<string, string> = {};
  for (const tag of found.match(/<input[^>]*>/g) ?? []) {
    fields[/name="([^"]*)"/.exec(tag)?.[1] ?? ''] = unescaped(/value="([^"]*)"/.exec(tag)?.[1] ?? '');
  }
  for (const [, name = '', body = ''] of found.matchAll(/<select name="([^"]*)">(.*?)<\/select>/g)) {
    fields[name] = /<option value="([^"]*)" selected/.exec(body)?.[1] ?? '';
  }
  for (const [, name = '', body = ''] of found.matchAll(/<textarea name="([^"]*)"[^>]*>(.*?)<\/textarea>/gs))
    fields[name] = unescaped(body);
  return fields;
}

function unescaped(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

/** The words of a page without its tags, so that a test can look for a sentence. */
export function wordsOf(html: string): string {
  return unescaped(html.replace(/<[^>]*>/g, ' ')).replace(/\s+/g, ' ');
}
