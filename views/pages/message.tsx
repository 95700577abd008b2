/** A page with one sentence: not found, not configured, something failed. Where live may run, it still has its OFF. */
import { Document, EmergencyOff } from '../frame/layout.tsx';

export function MessagePage(props: {
  readonly title: string;
  readonly text: string;
  /** For people who are signed in: OFF must work also when no page can be made. */
  readonly withOff?: true;
}) {
  return (
    <Document title={props.title}>
      <p>{props.text}</p>
      <p>
        <a href="/">To the Dashboard</a>
      </p>
      {props.withOff ? <EmergencyOff /> : null}
    </Document>
  );
}
