/** A page that says one thing: not found, not configured, or failed. */
import { Document } from '../layout.tsx';

export function MessagePage({ title, text }: { readonly title: string; readonly text: string }) {
  return (
    <Document title={title}>
      <p>{text}</p>
      <p>
        <a href="/">To the Dashboard</a>
      </p>
    </Document>
  );
}
