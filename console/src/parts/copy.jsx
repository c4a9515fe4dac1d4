import { useState } from "preact/hooks";

/**
 * A button that copies a text.
 * @param {{text: string, label?: string}} props
 */
export function Copy({ text, label = "Copy" }) {
  const [said, say] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      say("Copied");
    } catch {
      say("Select it and copy it by hand");
    }
    setTimeout(() => say(""), 2000);
  };
  return (
    <button type="button" class="small" onClick={copy} title={text.length < 200 ? text : undefined}>
      <span aria-live="polite">{said || label}</span>
    </button>
  );
}

/**
 * A text as it is, with a button that copies it.
 * @param {{text: string, label: string}} props
 */
export function Code({ text, label }) {
  return (
    <div class="code">
      <Copy text={text} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section aria-label={label} class="scroll" tabIndex={0}>
        <pre>{text}</pre>
      </section>
    </div>
  );
}
