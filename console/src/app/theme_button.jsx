import { chooseTheme, theme } from "./theme.js";

const NEXT = /** @type {Record<string, string>} */ ({ "": "dark", dark: "light", light: "" });
const WORDS = /** @type {Record<string, string>} */ ({ "": "Auto", dark: "Dark", light: "Light" });

/** A button that goes through the system's colours, dark, and light. */
export function ThemeButton() {
  return (
    <button
      type="button"
      class="small"
      title="Colours: of the system, dark, light"
      onClick={() => chooseTheme(NEXT[theme.value] ?? "")}
    >
      Colours: {WORDS[theme.value] ?? "Auto"}
    </button>
  );
}
