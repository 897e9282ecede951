// Marks a place in the page that the browser takes over, with the props it needs for that.
import type { ComponentType } from "preact";

/** What {@linkcode Island} needs. */
export interface IslandProps<Props extends object> {
  /** Name in the table of `islands/app.tsx`. */
  name: string;
  /** The component under that name. */
  of: ComponentType<Props>;
  /** Plain JSON only. */
  props: Props;
}

/** Renders the component and leaves its props beside it. */
export function Island<Props extends object>({ name, of: Component, props }: IslandProps<Props>) {
  return (
    <div data-island={name} data-props={JSON.stringify(props)}>
      <Component {...props} />
    </div>
  );
}
