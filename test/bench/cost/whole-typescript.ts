// Node runs TypeScript by leaving the types out, and so refuses the fields that a constructor declares as parameters, which the
// objects of the product have. Once this is imported, such files are compiled as they are loaded.
import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';

registerHooks({
  load: (url, context, next) => {
    if (!url.startsWith('file:') || !url.endsWith('.ts') || url.includes('/node_modules/'))
      return next(url, context);
    const text = readFileSync(fileURLToPath(url), 'utf8');
    return {
      format: 'module',
      shortCircuit: true,
      source: stripTypeScriptTypes(text, { mode: 'transform', sourceMap: false }),
    };
  },
});
