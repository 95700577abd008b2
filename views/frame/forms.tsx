/** What a form needs to come back as it was typed, with the field that is wrong named beside it. */
import type { Child } from 'hono/jsx';

export interface FormState {
  /** What was typed, by field; hostile text. */
  readonly values: Readonly<Record<string, string>>;
  /** What is wrong, by field. */
  readonly errors: Readonly<Record<string, string>>;
}

export const EMPTY_FORM: FormState = { values: {}, errors: {} };

/** A labelled control with its error, which assistive technology finds too. */
export function Field(props: {
  readonly label: string;
  readonly error: string | undefined;
  readonly unit?: string;
  /** The text under the control, such as its default. */
  readonly hint?: Child;
  readonly children: Child;
}) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child.
    <label class={props.error === undefined ? 'field' : 'field wrong'}>
      <span class="label">
        {props.label}
        {props.unit === undefined ? '' : ` (${props.unit})`}
      </span>
      {props.children}
      {props.hint}
      {props.error === undefined ? null : (
        <strong class="error" role="alert">
          {props.error}
        </strong>
      )}
    </label>
  );
}

/** The hidden id of one press of a button: a form sent twice is carried out once. */
export function CommandId({ id }: { readonly id: string }) {
  return <input type="hidden" name="commandId" value={id} />;
}

/** All errors at the top, for those that belong to no single control. */
export function FormErrors({ state }: { readonly state: FormState }) {
  const general = state.errors.form;
  return general === undefined ? null : (
    <p class="error" role="alert">
      {general}
    </p>
  );
}
