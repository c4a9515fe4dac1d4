import { Code } from "../../parts/copy.jsx";
import { Dialog } from "../../parts/dialog.jsx";
import { Facts } from "../../parts/facts.jsx";
import { Time } from "../../parts/time.jsx";
import { panelAddress } from "./timeline_row.jsx";

/**
 * The whole of an entry of a log.
 * @param {{entry: any, nameOf: (id: string | null) => string, onClose: () => void}} props
 */
export function LogEntry({ entry, nameOf, onClose }) {
  const { timestamp, level, name, message, task_run_id: taskRun } = entry;
  const facts = {
    Time: <Time at={timestamp} absolute />,
    Level: level,
    Logger: name,
    "Task run": taskRun && (
      <a href={panelAddress(taskRun)} onClick={onClose}>
        <bdi>{nameOf(taskRun)}</bdi>
      </a>
    ),
  };
  return (
    <Dialog wide title="Log entry" onClose={onClose}>
      <Facts facts={facts} />
      <Code label="Message" text={message} />
    </Dialog>
  );
}
