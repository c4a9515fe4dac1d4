import { Code } from "../../parts/copy.jsx";

/** What to do first, where nothing is stored yet. */
export function Welcome() {
  const api = new URL("..", document.baseURI).href.replace(/\/$/, "");
  return (
    <>
      <h1>Overview</h1>
      <p>There is no project yet. A project holds flows, and a flow has runs.</p>
      <h2>With Prefect Core</h2>
      <Code
        label="Commands for Prefect Core"
        text={`export PREFECT__BACKEND=server\nexport PREFECT__SERVER__ENDPOINT=${api}\nprefect create project "Hello, World!"\nprefect register --project "Hello, World!" -p my_flow.py\nprefect agent local start`}
      />
      <h2>With any GraphQL client</h2>
      <p>
        <a href="graphiql">GraphiQL</a> has examples to begin with.
      </p>
    </>
  );
}
