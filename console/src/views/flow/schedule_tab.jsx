import { Empty } from "../../parts/notice.jsx";
import { rulesInWords } from "../../parts/rule_words.js";
import { clocksInWords, filtersInWords } from "../../parts/schedule_words.js";
import { Time } from "../../parts/time.jsx";
import { Backfills } from "../schedules/backfills.jsx";
import { ScheduleActions } from "../schedules/schedule_actions.jsx";
import { ScheduleState } from "../schedules/schedule_state.jsx";
import { NextTimes } from "./next_times.jsx";
import { ScheduleSwitch } from "./schedule_switch.jsx";
import { Skipped } from "./skipped.jsx";
import { scheduleOf } from "./use_flow.js";

/**
 * The schedule of a flow: its clocks and rules, what comes next, what was skipped, and its backfills.
 * @param {{flow: any, data: any, refresh: () => void}} props
 */
export function ScheduleTab({ flow, data, refresh }) {
  const serialized = scheduleOf(flow);
  if (!serialized)
    return (
      <Empty>
        It has no schedule. <code>flow-runs schedule set</code> gives it one, or a registration with one.
      </Empty>
    );
  const row = data.schedule[0] ?? { failures: 0, occurrences: [], rules: {}, pause: null };
  const schedule = { ...row, id: flow.flow_group_id, name: flow.name, schedule: serialized };
  return (
    <>
      <h2>Schedule</h2>
      <div class="row">
        <ScheduleState active={flow.is_schedule_active} pause={row.pause} fault={flow.schedule_fault} />
        <span class="buttons">
          {!flow.archived && <ScheduleSwitch flow={flow} onDone={refresh} />}
          {!flow.archived && <ScheduleActions schedule={schedule} onDone={refresh} />}
        </span>
      </div>
      <dl class="facts">
        <div>
          <dt>Next run</dt>
          <dd>
            <Time at={flow.is_schedule_active ? row.next_run : null} />
          </dd>
        </div>
        <div>
          <dt>Failed in a row</dt>
          <dd>{row.failures}</dd>
        </div>
      </dl>
      {flow.flow_group?.schedule && <p>This schedule of the flow group replaces those of the versions.</p>}
      <Sentences title="Clocks" lines={clocksInWords(serialized)} />
      <Sentences title="Filters" lines={filtersInWords(serialized)} />
      <Sentences title="Rules" lines={rulesInWords(row.rules)} />
      <NextTimes groupId={flow.flow_group_id} times={data.schedule_preview} />
      <Skipped occurrences={row.occurrences} />
      {data.backfill?.length > 0 && (
        <>
          <h2>Backfills</h2>
          <Backfills backfills={data.backfill} onDone={refresh} />
        </>
      )}
    </>
  );
}

/**
 * @param {{title: string, lines: string[]}} props
 */
function Sentences({ title, lines }) {
  if (lines.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul class="sentences">
        {[...new Set(lines)].map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </>
  );
}
