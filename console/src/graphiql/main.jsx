import "graphiql/graphiql.css";
import "./graphiql.css";
import { GraphiQL } from "graphiql";
import { useState } from "react";
import { createRoot } from "react-dom/client";
import { EXAMPLES } from "./examples.js";

const KEY = "flow-runs-key";

/** Send what GraphiQL asks, with the key of the console in this tab. */
async function send(body) {
  const headers = { accept: "application/json", "content-type": "application/json", "x-flow-runs-cost": "1" };
  const key = sessionStorage.getItem(KEY);
  if (key) headers.authorization = `Bearer ${key}`;
  const response = await fetch("../graphql", { method: "POST", headers, body: JSON.stringify(body) });
  return response.json();
}

function Page() {
  const [key, setKey] = useState(sessionStorage.getItem(KEY) ?? "");
  const keep = (value) => {
    setKey(value);
    if (value) sessionStorage.setItem(KEY, value);
    else sessionStorage.removeItem(KEY);
  };
  return (
    <>
      <header className="bar">
        <a href="./">Flow Runs</a>
        <label>
          API key{" "}
          <input
            type="password"
            autoComplete="off"
            value={key}
            placeholder="if one is needed"
            onChange={(event) => keep(event.target.value.trim())}
          />
        </label>
      </header>
      <main>
        {/* Variables may be secrets, so all that GraphiQL keeps goes with the tab, as the key does. */}
        <GraphiQL
          fetcher={send}
          defaultTabs={EXAMPLES}
          shouldPersistHeaders={false}
          storage={sessionStorage}
        />
      </main>
    </>
  );
}

createRoot(document.getElementById("root")).render(<Page />);
