import { useLayoutEffect, useRef } from "preact/hooks";

/**
 * A modal dialog with a heading. The browser keeps the focus in it, and Escape closes it. Then the focus is
 * where it was before.
 * @param {{title: string, onClose: () => void, wide?: boolean, children: import("preact").ComponentChildren}} props
 */
export function Dialog({ title, onClose, wide = false, children }) {
  const element = useRef(/** @type {HTMLDialogElement | null} */ (null));
  // Not after the page is painted, because the focus must be back before the next key, and before the next dialog.
  useLayoutEffect(() => {
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    element.current?.showModal();
    const dialog = element.current;
    return () => {
      // Nothing outside of a dialog that is open can have the focus.
      dialog?.close();
      before?.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      class={wide ? "wide" : ""}
      aria-label={title}
      onClose={() => element.current && onClose()}
    >
      <header>
        <h2>{title}</h2>
        <button type="button" class="plain" aria-label="Close" onClick={() => element.current?.close()}>
          ✕
        </button>
      </header>
      {children}
    </dialog>
  );
}
