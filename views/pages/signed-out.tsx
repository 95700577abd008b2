/** On the way out through Cloudflare Access, for a browser that does not go on by itself. */
import { Document } from '../frame/layout.tsx';

export function SignedOutPage({ href }: { readonly href: string }) {
  return (
    <Document title="Signing out">
      <p>
        Cloudflare Access ends the session: <a href={href}>sign out there</a>.
      </p>
    </Document>
  );
}
