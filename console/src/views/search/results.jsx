import { State } from "../../parts/state.jsx";
import { Time } from "../../parts/time.jsx";

/**
 * What a search has found, with the ways to it.
 * @param {{results: {kind: string, address: string, row: any}[]}} props
 */
export function Results({ results }) {
  return (
    <ul class="plain">
      {results.map(({ kind, address, row }) => (
        <li key={`${kind}${row.id}`}>
          <span class="faint">{kind}</span> <a href={address}>{row.name ?? row.id}</a>{" "}
          {row.state && <State state={row.state} />}{" "}
          {row.flow?.name && <span class="faint">of {row.flow.name}</span>}{" "}
          {row.created && <Time at={row.created} />}
        </li>
      ))}
    </ul>
  );
}
