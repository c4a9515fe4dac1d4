/**
 * Names and what they are, side by side. Those without a value (null, undefined, false, "") are left out.
 * @param {{facts: Record<string, import("preact").ComponentChildren>}} props
 */
export function Facts({ facts }) {
  return (
    <dl class="facts">
      {Object.entries(facts)
        .filter(([, value]) => value || value === 0)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
