import { kindOf } from "./states.js";

/**
 * The name of a state with its colour; the shape before it tells the kind without the colour.
 * @param {{state: string, title?: string | null}} props
 */
export function State({ state, title }) {
  return (
    <span class={`state ${kindOf(state)}`} title={title ?? undefined}>
      {state}
    </span>
  );
}
