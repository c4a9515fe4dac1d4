import { useEffect, useRef } from "preact/hooks";
import { CostLine } from "./cost_line.jsx";
import { KeyDialog } from "./key_dialog.jsx";
import { Keyboard } from "./keyboard.jsx";
import { href, route } from "./route.js";
import { Search } from "./search.jsx";
import { ThemeButton } from "./theme_button.jsx";
import { VIEWS, viewOf } from "./views.js";

/** The whole page: navigation, the view that the address names, and what it has cost. */
export function App() {
  const { parts } = route.value;
  const { name, title, View, id } = viewOf(parts);
  const main = useRef(/** @type {HTMLElement | null} */ (null));
  const place = parts.join("/");
  const first = useRef(place);

  useEffect(() => {
    document.title = `${title} · Flow Runs`;
  }, [title]);
  useEffect(() => {
    // A screen reader begins to read where the new view begins.
    if (first.current !== place) main.current?.focus();
    first.current = place;
  }, [place]);

  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <header class="top">
        <a class="brand" href={href("")}>
          Flow Runs
        </a>
        <nav aria-label="Views">
          {Object.entries(VIEWS)
            .filter(([, { nav }]) => nav)
            .map(([key, { title }]) => (
              <a key={key} href={href(key)} aria-current={key === name ? "page" : undefined}>
                {title}
              </a>
            ))}
          <a href="graphiql">GraphiQL</a>
        </nav>
        <Search />
        <ThemeButton />
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        <View key={place} id={id} />
      </main>
      <CostLine />
      <KeyDialog />
      <Keyboard />
    </>
  );
}
