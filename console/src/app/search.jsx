import { useState } from "preact/hooks";
import { go, href } from "./route.js";

/** The search field, which leads to the view of what was found. */
export function Search() {
  const [text, setText] = useState("");
  /** @param {SubmitEvent} event */
  const submit = (event) => {
    event.preventDefault();
    if (text.trim()) go(href("search", { text: text.trim() }));
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: browsers do not all know <search> yet
    <form role="search" onSubmit={submit}>
      <input
        type="search"
        id="search"
        aria-label="Search by id, name or key"
        placeholder="Id, name or key  ( / )"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
    </form>
  );
}
