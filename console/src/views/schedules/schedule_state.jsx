import { Time } from "../../parts/time.jsx";

/**
 * Whether a schedule is on, off, paused, or at fault, and why.
 * @param {{active: boolean, pause?: any, fault?: string | null}} props
 */
export function ScheduleState({ active, pause, fault }) {
  if (!active) return <span class="state ended">Off</span>;
  if (fault) {
    return (
      <>
        <span class="state bad">At fault</span> <span class="clipped">{fault}</span>
      </>
    );
  }
  if (pause) {
    return (
      <>
        <span class="state waiting">Paused</span> <PauseWords pause={pause} />
      </>
    );
  }
  return <span class="state good">On</span>;
}

/** @param {{pause: any}} props */
function PauseWords({ pause }) {
  return (
    <span class="clipped">
      {pause.note}
      {pause.by && <span class="faint"> by {pause.by}</span>}
      {pause.until && (
        <span class="faint">
          {" "}
          until <Time at={pause.until} absolute />
        </span>
      )}
    </span>
  );
}
