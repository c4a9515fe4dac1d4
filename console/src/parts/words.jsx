import { useEffect, useState } from "preact/hooks";

/**
 * A field whose value counts when somebody is done with it, by Enter or by leaving it.
 *
 * It keeps what is being typed while the page around it is refreshed.
 * @param {{label: string, value: string, type?: string, size?: number, onChange: (value: string) => void}} props
 */
export function Words({ label, value, type = "search", size, onChange }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  return (
    <label class="field">
      {label}
      <input
        type={/** @type {any} */ (type)}
        size={size}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    </label>
  );
}
