import { useState } from "preact/hooks";
import { go, href } from "../../app/route.js";
import { Code } from "../../parts/copy.jsx";
import { ExampleDialog } from "./example_dialog.jsx";

/** What to do first, where nothing is stored yet. */
export function Welcome() {
  const [isAsked, ask] = useState(false);
  const api = new URL("..", document.baseURI).href.replace(/\/$/, "");
  return (
    <>
      <h1>Overview</h1>
      <p>There is no project yet. A project holds flows, and a flow has runs.</p>
      <h2>To look around</h2>
      <p>
        An example flow can be started from here. Its runs wait until an agent takes them, or until you set
        their states by hand.
      </p>
      <button type="button" class="main" onClick={() => ask(true)}>
        Make an example flow…
      </button>
      <h2>With Prefect Core</h2>
      <Code
        label="Commands for Prefect Core"
        text={`export PREFECT__BACKEND=server\nexport PREFECT__SERVER__ENDPOINT=${api}\nprefect create project "Hello, World!"\nprefect register --project "Hello, World!" -p my_flow.py\nprefect agent local start`}
      />
      <h2>With any GraphQL client</h2>
      <p>
        <a href="graphiql">GraphiQL</a> has examples to begin with.
      </p>
      {isAsked && (
        <ExampleDialog
          onClose={() => ask(false)}
          onDone={(flow) => go(href(`flows/${flow}`, { start: "1" }))}
        />
      )}
    </>
  );
}
