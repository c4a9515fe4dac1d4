import { Code } from "../../parts/copy.jsx";
import { Dialog } from "../../parts/dialog.jsx";

/**
 * A dialog that shows a new key, which nobody can read again.
 * @param {{text: string, onClose: () => void, children?: import("preact").ComponentChildren}} props
 */
export function ShownOnce({ text, onClose, children }) {
  return (
    <Dialog title="The new API key" onClose={onClose}>
      <p>Copy it now. It cannot be shown again.</p>
      <Code label="API key" text={text} />
      {children}
    </Dialog>
  );
}
