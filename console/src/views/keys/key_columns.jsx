import { now } from "../../parts/clock.js";
import { Time } from "../../parts/time.jsx";
import { millis } from "../../parts/times.js";

/**
 * The columns of the list of keys: what each permits, its life, and what can be done to it.
 * @param {(open: any) => void} choose
 * @returns {import("../../parts/table.jsx").Column<any>[]}
 */
export function columns(choose) {
  return [
    {
      title: "Name",
      cell: (key) => (
        <>
          {key.name}
          {key.beginning && (
            <div>
              <code class="faint">{key.beginning}…</code>
            </div>
          )}
        </>
      ),
    },
    { title: "Scope", cell: (key) => key.scope },
    { title: "Projects", minor: true, cell: (key) => projectsOf(key) },
    {
      title: "Owner",
      minor: true,
      cell: (key) => (
        <>
          {key.owner ?? <span class="faint">not known</span>}
          {key.made_by && key.made_by !== key.owner && <div class="faint">made by {key.made_by}</div>}
        </>
      ),
    },
    { title: "Made", minor: true, cell: (key) => <Time at={key.created} /> },
    {
      title: "Used",
      minor: true,
      cell: (key) => (key.used ? <Time at={key.used} /> : <span class="faint">never</span>),
    },
    { title: "Ends", cell: (key) => <End subject={key} /> },
    { title: "Action", cell: (key) => <Actions subject={key} choose={choose} /> },
  ];
}

/** @param {any} key */
function projectsOf(key) {
  if (!key.projects) return <span class="faint">all</span>;
  const count = key.projects.length;
  return <span title={key.projects.join(" ")}>{count === 1 ? "one project" : `${count} projects`}</span>;
}

/** @param {{subject: any}} props */
function End({ subject }) {
  if (!subject.expires_at) return <span class="faint">never</span>;
  return (
    <>
      {millis(subject.expires_at) < now.value && <span class="state ended">ended</span>}
      {subject.ends_soon && <span class="state soon">{subject.successor_id ? "rotated" : "soon"}</span>}{" "}
      <Time at={subject.expires_at} />
    </>
  );
}

/** @param {{subject: any, choose: (open: any) => void}} props */
function Actions({ subject, choose }) {
  const isOver = subject.expires_at && millis(subject.expires_at) < now.value;
  return (
    <>
      {!isOver && !subject.successor_id && (
        <button
          type="button"
          class="small"
          aria-label={`Rotate ${subject.name}`}
          onClick={() => choose({ verb: "rotate", key: subject })}
        >
          Rotate…
        </button>
      )}{" "}
      <button
        type="button"
        class="small"
        aria-label={`Revoke ${subject.name}`}
        onClick={() => choose({ verb: "revoke", key: subject })}
      >
        Revoke…
      </button>
    </>
  );
}
