/** The one page for people who are not signed in. */
import { Document } from '../frame/layout.tsx';

export function SignInPage(props: {
  readonly error?: string;
  /** The page to go to afterwards: a path of this app. */
  readonly to: string;
}) {
  const { error, to } = props;
  return (
    <Document title="Sign in">
      <form method="post" action="/sign-in" class="card narrow">
        {error === undefined ? null : (
          <p class="error" role="alert">
            {error}
          </p>
        )}
        {to === '/' ? null : <input type="hidden" name="to" value={to} />}
        <label class="field">
          <span class="label">Password of the operator</span>
          <input type="password" name="password" autocomplete="current-password" required autofocus />
        </label>
        <button type="submit">Sign in</button>
      </form>
    </Document>
  );
}
