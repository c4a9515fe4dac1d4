import { useQuery } from "../../api/use_query.js";
import { change, route } from "../../app/route.js";
import { NameFilters } from "../../parts/name_filters.jsx";
import { NamePager } from "../../parts/name_pager.jsx";
import { askedPage, placeOf, shownPage } from "../../parts/name_pages.js";
import { Empty, Loaded } from "../../parts/notice.jsx";
import { useProjects } from "../../parts/use_projects.js";
import { Backfills } from "./backfills.jsx";
import { whereOf } from "./filters.js";
import { ScheduleTable } from "./schedule_table.jsx";

const PAGE = 50;
const SCHEDULES = `
query Schedules($where: schedule_bool_exp!, $order: order_by!, $limit: Int!) {
  schedule(where: $where, order_by: [{name: $order}, {id: $order}], limit: $limit) {
    id name is_active schedule rules pause next_run failures fault
    flow { id name project { id name } }
    occurrences(limit: 1) { id scheduled_time reason message }
  }
  backfill(order_by: {created: desc}, limit: 20) {
    id created status first last count taken made unfinished fault schedule { id name flow_id }
  }
}`;

/** The schedules of all flows, by name, and the backfills. */
export function Schedules() {
  const { query } = route.value;
  const projects = useProjects();
  const place = placeOf(query, PAGE);
  const { range, order, limit } = askedPage(place);
  const asked = useQuery(SCHEDULES, { where: whereOf(query, range), order, limit }, { shortest: 10_000 });
  const isFirst = !place.before && !place.after;
  return (
    <>
      <h1>Schedules</h1>
      <NameFilters query={query} projects={projects}>
        <label class="field">
          State
          <select
            value={query.get("state") ?? ""}
            onChange={(event) => change({ state: event.currentTarget.value, before: null, after: null })}
          >
            <option value="">Any</option>
            <option value="on">On</option>
            <option value="paused">Paused</option>
            <option value="fault">At fault</option>
            <option value="off">Off</option>
          </select>
        </label>
      </NameFilters>
      <Loaded query={asked}>
        {({ schedule, backfill }) => {
          const page = shownPage(schedule, place);
          return (
            <>
              {page.rows.length === 0 ? (
                <Empty>No schedule matches. A flow's schedule is here once it was switched on.</Empty>
              ) : (
                <ScheduleTable schedules={page.rows} onDone={asked.refresh} />
              )}
              <NamePager previous={page.previous} next={page.next} isFirst={isFirst} />
              <h2>Backfills</h2>
              {backfill.length === 0 ? (
                <Empty>There are none. “Backfill” of a schedule makes runs for its past.</Empty>
              ) : (
                <Backfills backfills={backfill} onDone={asked.refresh} />
              )}
            </>
          );
        }}
      </Loaded>
    </>
  );
}
